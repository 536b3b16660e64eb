export const STACK = 'token-refresher-e2e';
/** The shortest for which a renewal can be proven: a tick of one minute, renewed after two and a half. */
export const LIFETIME_SECONDS = 300;
/** So long that a tick comes every 15 minutes only, later than this part takes. */
export const LONG_LIFETIME_SECONDS = 172_800;
