import {
  Alarm,
  ComparisonOperator,
  CompositeAlarm,
  type IAlarm,
  type IAlarmRule,
  type IMetric,
  MathExpression,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { METRICS_NAMESPACE } from './names.ts';

/** Every tick is at most this long, so that a failure that goes on is seen in each of two periods. */
const LONGEST_TICK = Duration.minutes(15);
/** CloudWatch takes ten metrics in one alarm. */
const METRICS_PER_ALARM = 10;

/** An alarm, what it means and what to do about it. */
interface AlarmProps {
  readonly name: string;
  readonly metric: IMetric;
  readonly meaning: string;
  readonly toDo: string;
  readonly comparison?: ComparisonOperator;
  readonly threshold?: number;
  readonly evaluationPeriods?: number;
  /** @default all of the periods */
  readonly datapointsToAlarm?: number;
  readonly missing?: TreatMissingData;
}

/** An alarm that says in its description what it means and what to do. */
export const alarm = (scope: Construct, id: string, props: AlarmProps): Alarm =>
  new Alarm(scope, id, {
    alarmName: props.name,
    alarmDescription: `${props.meaning} To do: ${props.toDo}`,
    metric: props.metric,
    comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: props.threshold ?? 0,
    evaluationPeriods: props.evaluationPeriods ?? 1,
    datapointsToAlarm: props.datapointsToAlarm,
    treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
  });

/** What the alarms of a whole refresher look at. */
export interface RefresherAlarms {
  readonly service: string;
  /** By the name that is shown. */
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly failures: IQueue;
  readonly scheduleGroup: string;
}

/** The alarms all connections share; `awaiting` is one that never calls anybody. */
export const refresherAlarms = (
  scope: Construct,
  { service, functions, failures, scheduleGroup }: RefresherAlarms,
): { alarms: Alarm[]; awaiting: Alarm } => {
  const lasting = { evaluationPeriods: 2 } as const;
  const failureQueue = alarm(scope, 'FailureQueue', {
    ...lasting,
    name: `${service}-failure-queue`,
    metric: failures.metricNumberOfMessagesSent({ statistic: Stats.SUM, period: LONGEST_TICK }),
    meaning: 'For half an hour, ticks have failed or could not be delivered.',
    toDo: `read a message of the queue ${service}-failures: it names the function or schedule and the error.`,
  });
  const targetErrors = alarm(scope, 'ScheduleTargetErrors', {
    // While a deployment removes a connection, its schedule loses its right a little before it is deleted.
    ...lasting,
    name: `${service}-schedule-target-errors`,
    metric: new Metric({
      namespace: 'AWS/Scheduler',
      metricName: 'TargetErrorCount',
      dimensionsMap: { ScheduleGroup: scheduleGroup },
      statistic: Stats.SUM,
      period: LONGEST_TICK,
    }),
    meaning: 'For half an hour, EventBridge Scheduler could not invoke a refresh function.',
    toDo: "check that the function exists, is not throttled, and that the schedule role's policy names it; deploying again restores both.",
  });
  const functionErrors = chunks(Object.entries(functions), METRICS_PER_ALARM).map((chunk, index) =>
    alarm(scope, `FunctionErrors${index + 1}`, {
      ...lasting,
      name: `${service}-function-errors-${index + 1}`,
      metric: new MathExpression({
        expression: `SUM([${chunk.map((_, member) => `FILL(errors${member}, 0)`).join(', ')}])`,
        usingMetrics: Object.fromEntries(
          chunk.map(([, one], member) => [
            `errors${member}`,
            one.metricErrors({ statistic: Stats.SUM, period: LONGEST_TICK }),
          ]),
        ),
        label: 'errors',
        period: LONGEST_TICK,
      }),
      meaning: `For half an hour, invocations have failed among: ${chunk.map(([name]) => name).join(', ')}.`,
      toDo: 'look at the log group of each function for its last ERROR line, or for a timeout.',
    }),
  );
  const awaiting = alarm(scope, 'AwaitingCredentials', {
    name: `${service}-awaiting-credentials`,
    metric: ofAnyConnection(service, 'AwaitingCredentials', 'awaiting credentials'),
    meaning: 'At least one connection has never had credentials. This alarm notifies nobody.',
    toDo: 'write {"client_id":"…","client_secret":"…"} to the secret of each connection the board shows as awaiting credentials.',
  });
  const previousCredentials = alarm(scope, 'PreviousCredentials', {
    name: `${service}-previous-credentials`,
    metric: ofAnyConnection(service, 'PreviousCredentials', 'refreshes with AWSPREVIOUS'),
    // Said by a refresh alone, which most ticks are not: on for an hour after each.
    evaluationPeriods: Duration.hours(1).toSeconds() / LONGEST_TICK.toSeconds(),
    datapointsToAlarm: 1,
    meaning:
      'In the last hour, the provider has rejected the current credentials of a connection and taken those of before ' +
      '(AWSPREVIOUS): its token is fresh until the provider drops them.',
    toDo: 'find the connection, whose reason on the board says so; write credentials that work to its secret.',
  });
  return { alarms: [failureQueue, targetErrors, ...functionErrors, previousCredentials], awaiting };
};

// One alarm for any number of connections, where one for each would cost each of them resources and money.
const ofAnyConnection = (service: string, metric: string, label: string): MathExpression =>
  new MathExpression({
    expression: `SELECT MAX(${metric}) FROM SCHEMA(${METRICS_NAMESPACE}, connection, service) WHERE service = '${service}'`,
    usingMetrics: {},
    label,
    period: LONGEST_TICK,
  });

/**
 * One light for every incident. It notifies nobody itself: each alarm below it has done so. An alarm that is on in the
 * normal course must not be below it, since nobody would be called of what else goes on meanwhile.
 */
export const attentionAlarm = (scope: Construct, service: string, alarms: readonly Alarm[]): CompositeAlarm =>
  new CompositeAlarm(scope, 'Attention', {
    compositeAlarmName: `${service}-attention`,
    alarmDescription:
      `Somebody has to look at ${service}: an alarm below this one is on. ` +
      'To do: open the alarms below it; each says what to do. Connect a pager here to be called once per incident. ' +
      'A login that is due is none: its alarm notifies the topic alone.',
    alarmRule: byName(alarms),
  });

/** Notifies the topic when an alarm goes on and when it goes off. */
export const notify = (alarms: readonly Alarm[], topic: ITopic): void => {
  const action = new SnsAction(topic);
  for (const one of alarms) {
    one.addAlarmAction(action);
    one.addOkAction(action);
  }
};

// ARNs of 80 alarms would exceed the 10,240 characters a rule may have.
const byName = (alarms: readonly IAlarm[]): IAlarmRule => ({
  renderAlarmRule: () => alarms.map(({ alarmName }) => `ALARM("${alarmName}")`).join(' OR '),
});

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
