export const STACK = 'token-refresher-e2e';
/** The shortest for which a renewal can be proven: a tick of one minute, renewed after two and a half. */
export const LIFETIME_SECONDS = 300;
