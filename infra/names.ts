export const DEFAULT_PREFIX = '/token-refresher';

/** The namespace of every metric the functions emit. */
export const METRICS_NAMESPACE = 'TokenRefresher';

/** The start of function, schedule, queue and alarm names: the prefix without its slashes. */
export const instanceName = (prefix: string): string => prefix.slice(1).replaceAll('/', '-');

/** What the name of an exchange function ends with; no connection can be called like one. */
export const EXCHANGE_SUFFIX = '-exchange';

/** The functions that serve all connections; no connection can be called like one. */
export const SHARED_FUNCTIONS = { board: 'board', deployment: 'deployment' } as const;
