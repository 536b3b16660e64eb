import {
  type Alarm,
  AlarmStatusWidget,
  Color,
  type CompositeAlarm,
  CustomWidget,
  Dashboard,
  GraphWidget,
  MathExpression,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { Timing } from '../functions/policy/timing.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import { expiryAlarm } from './connection-alarms.ts';
import { connectionMetric } from './connection-metric.ts';
import { METRICS_NAMESPACE } from './names.ts';

const FULL_WIDTH = 24;
const PER_ROW = 3;
const OUTCOMES = 4;

/** What the dashboard shows of one connection. */
export interface DashboardConnection extends Timing {
  readonly connection: string;
  readonly grant: Dialect['grant'];
}

export interface DashboardProps {
  readonly service: string;
  readonly board: IFunction;
  readonly connections: readonly DashboardConnection[];
  readonly alarms: readonly (Alarm | CompositeAlarm)[];
}

/** The board, the alarms, what came of the ticks, and for each connection its time to expiry. */
export const dashboard = (scope: Construct, props: DashboardProps): Dashboard => {
  const { service, board, connections, alarms } = props;
  return new Dashboard(scope, 'Dashboard', {
    dashboardName: service,
    defaultInterval: Duration.hours(12),
    widgets: [
      [
        new CustomWidget({
          title: 'Connections',
          functionArn: board.functionArn,
          width: FULL_WIDTH,
          height: Math.min(3 + 2 * connections.length, 20),
          updateOnResize: false,
        }),
      ],
      [
        new AlarmStatusWidget({
          title: 'Alarms',
          alarms: [...alarms],
          width: FULL_WIDTH,
          height: Math.min(2 + Math.ceil(alarms.length / 4), 12),
        }),
      ],
      [
        ...['Refreshed', 'Failed', 'PreviousCredentials'].map((metric) =>
          counts(service, metric, { width: FULL_WIDTH / OUTCOMES }),
        ),
        new GraphWidget({
          title: 'Provider latency (ms, 90th percentile)',
          left: [byConnection(service, 'ProviderLatency', 'p90')],
          leftYAxis: { min: 0, showUnits: false },
          width: FULL_WIDTH / OUTCOMES,
        }),
      ],
      ...(connections.some(needsLogin)
        ? [
            [
              counts(service, 'Exchanged'),
              counts(service, 'CodeRejected'),
              counts(service, 'LiveSubjects', { statistic: Stats.MAXIMUM }),
            ],
          ]
        : []),
      [
        new TextWidget({
          markdown:
            '## Time to expiry\nRenewal starts, or a login is due, at the orange line; the alarm is at the red one.',
          width: FULL_WIDTH,
          height: 2,
        }),
      ],
      ...rows(connections.map((one) => timeToExpiry(service, one))),
    ],
  });
};

const timeToExpiry = (service: string, one: DashboardConnection): GraphWidget => {
  const { connection, tickSeconds, renewBeforeSeconds } = one;
  return new GraphWidget({
    title: connection,
    width: FULL_WIDTH / PER_ROW,
    left: [connectionMetric({ service, connection }, 'SecondsToExpiry', Duration.seconds(tickSeconds))],
    leftYAxis: { min: 0, label: 'seconds', showUnits: false },
    leftAnnotations: [
      { value: renewBeforeSeconds, label: needsLogin(one) ? 'login' : 'renewal', color: Color.ORANGE },
      ...(needsLogin(one)
        ? []
        : [{ value: expiryAlarm(one).thresholdSeconds, label: 'alarm', color: Color.RED }]),
    ],
  });
};

const needsLogin = ({ grant }: DashboardConnection): boolean => grant === 'authorization_code';

const counts = (
  service: string,
  metric: string,
  { statistic = Stats.SUM, width = FULL_WIDTH / PER_ROW }: { statistic?: string; width?: number } = {},
): GraphWidget =>
  new GraphWidget({
    title: metric,
    left: [byConnection(service, metric, statistic)],
    leftYAxis: { min: 0, showUnits: false },
    width,
  });

// One search serves any number of connections, where a metric for each would soon exceed what a widget takes.
const byConnection = (service: string, metric: string, statistic: string): MathExpression =>
  new MathExpression({
    expression: `SEARCH('{${METRICS_NAMESPACE},connection,service} service="${service}" MetricName="${metric}"', '${statistic}', 300)`,
    usingMetrics: {},
    label: '',
    period: Duration.minutes(5),
  });

const rows = (widgets: readonly GraphWidget[]): GraphWidget[][] =>
  Array.from({ length: Math.ceil(widgets.length / PER_ROW) }, (_, row) =>
    widgets.slice(row * PER_ROW, (row + 1) * PER_ROW),
  );
