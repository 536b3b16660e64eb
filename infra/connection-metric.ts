import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import type { Duration } from 'aws-cdk-lib/core';
import type { MetricName } from '../functions/metric-name.ts';
import { METRICS_NAMESPACE } from './names.ts';

/** What says most of the values of one tick. */
const STATISTICS: Readonly<Record<MetricName, string>> = {
  SecondsToExpiry: Stats.MINIMUM,
  Refreshed: Stats.SUM,
  Failed: Stats.SUM,
  PreviousCredentials: Stats.SUM,
  ProviderLatency: Stats.p(90),
  AwaitingCredentials: Stats.MAXIMUM,
  Blocked: Stats.MAXIMUM,
  ReauthorizationRequired: Stats.MAXIMUM,
  Paused: Stats.MAXIMUM,
  LiveSubjects: Stats.MAXIMUM,
  Exchanged: Stats.SUM,
  CodeReplayed: Stats.SUM,
  CodeRejected: Stats.SUM,
  CodeLost: Stats.SUM,
};

/** Who the metrics are about: `service` is the refresher's instance name. */
export interface Emitter {
  readonly service: string;
  readonly connection: string;
}

/** A metric a connection's functions emit, per tick. @throws Error with the known names for any other */
export const connectionMetric = (
  { service, connection }: Emitter,
  metricName: MetricName,
  tick: Duration,
): Metric => {
  if (!Object.hasOwn(STATISTICS, metricName)) {
    throw new Error(`there is no metric "${metricName}": known are ${Object.keys(STATISTICS).join(', ')}`);
  }
  return new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service, connection },
    statistic: STATISTICS[metricName],
    period: tick,
    label: connection,
  });
};
