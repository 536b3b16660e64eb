export type { MetricName } from '../functions/metric-name.ts';
export type { Timing } from '../functions/policy/timing.ts';
export type { ConnectionOptions, ConnectionProps, ConnectionSettings } from './connection.ts';
export { TokenConnection } from './connection.ts';
export { Exchange } from './exchange.ts';
export type { TokenParameterAttributes } from './token-parameter.ts';
export { TokenParameter } from './token-parameter.ts';
export type { TokenRefresherProps } from './token-refresher.ts';
export { TokenRefresher } from './token-refresher.ts';
