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
import type { Timing } from '../functions/policy/timing.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import { METRICS_NAMESPACE } from './names.ts';

/** Every tick is at most this long, so that a failure that goes on is seen in each of two periods. */
const LONGEST_TICK = Duration.minutes(15);
/** Stands for "nothing to worry about" where an expression answers seconds to expiry. */
const FINE = 99_999_999;
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
  readonly missing?: TreatMissingData;
}

const alarm = (scope: Construct, id: string, props: AlarmProps): Alarm =>
  new Alarm(scope, id, {
    alarmName: props.name,
    alarmDescription: `${props.meaning} To do: ${props.toDo}`,
    metric: props.metric,
    comparisonOperator: props.comparison ?? ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: props.threshold ?? 0,
    evaluationPeriods: props.evaluationPeriods ?? 1,
    treatMissingData: props.missing ?? TreatMissingData.NOT_BREACHING,
  });

/** Who the metrics are about: `service` is the refresher's instance name. */
interface Emitter {
  readonly service: string;
  readonly connection: string;
}

/** A metric a connection's functions emit, per tick. */
export const connectionMetric = (
  { service, connection }: Emitter,
  metricName: string,
  statistic: string,
  period: Duration,
): Metric =>
  new Metric({
    namespace: METRICS_NAMESPACE,
    metricName,
    dimensionsMap: { service, connection },
    statistic,
    period,
    label: connection,
  });

/** The alarms of one connection: its token is about to expire or nobody watches it, and somebody has to do something. */
export const connectionAlarms = (
  scope: Construct,
  emitter: Emitter,
  timing: Timing,
  grant: Dialect['grant'],
): Alarm[] =>
  grant === 'authorization_code'
    ? loginAlarms(scope, emitter, timing)
    : requestAlarms(scope, emitter, timing);

const requestAlarms = (
  scope: Construct,
  emitter: Emitter,
  { tickSeconds, renewBeforeSeconds }: Timing,
): Alarm[] => {
  const { service, connection } = emitter;
  const tick = Duration.seconds(tickSeconds);
  const threshold = Math.floor(renewBeforeSeconds / 2);
  const metric = (name: string, statistic: string = Stats.MAXIMUM) =>
    connectionMetric(emitter, name, statistic, tick);
  const expiry = alarm(scope, 'Expiry', {
    name: `${service}-${connection}-expiry`,
    metric: new MathExpression({
      // On purpose: a pause; and no credentials yet, which has an alarm of its own. A maximum of a list, since a sum
      // has no value where one of its metrics has never had any.
      expression: `MAX([FILL(seconds, 0), FILL(waiting, 0) * ${FINE}, FILL(paused, 0) * ${FINE}])`,
      usingMetrics: {
        seconds: metric('SecondsToExpiry', Stats.MINIMUM),
        waiting: metric('AwaitingCredentials'),
        paused: metric('Paused'),
      },
      label: 'seconds to expiry',
      period: tick,
    }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold,
    // As many ticks as leave time before expiry. FILL gives the newest period a 0 while its value is on the way, and a
    // tick may be late: both together are no alarm yet.
    evaluationPeriods: Math.min(Math.max(Math.floor(threshold / tickSeconds), 3), 4),
    missing: TreatMissingData.BREACHING,
    meaning:
      `The token of ${connection} has less than ${threshold} s left, half of renewBefore, or its function no longer ` +
      'reports: renewal has failed for a while.',
    toDo:
      `look at ${connection} on the board (its last error), or at the log /aws/lambda/${service}-${connection}; ` +
      'then force a refresh.',
  });
  const blocked = alarm(scope, 'Blocked', {
    name: `${service}-${connection}-blocked`,
    metric: metric('Blocked'),
    meaning: `The provider rejects the credentials or the request of ${connection}; it is tried only every half hour.`,
    toDo: `read the error on the board; write valid credentials to the secret of ${connection}, which lifts the block at once, or correct its settings and deploy.`,
  });
  return [expiry, blocked];
};

/** Nothing renews a token that needs a login: what can fail is the watch of it, and what can be due is the login. */
const loginAlarms = (scope: Construct, emitter: Emitter, { tickSeconds }: Timing): Alarm[] => {
  const { service, connection } = emitter;
  const tick = Duration.seconds(tickSeconds);
  const unwatched = alarm(scope, 'Unwatched', {
    name: `${service}-${connection}-unwatched`,
    // Reported at every tick, and never below 0: only silence is an alarm.
    metric: connectionMetric(emitter, 'LiveSubjects', Stats.MAXIMUM, tick),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    missing: TreatMissingData.BREACHING,
    meaning: `Nobody watches the tokens of ${connection}: its function no longer reports, and expired ones may stay.`,
    toDo: `look at the log /aws/lambda/${service}-${connection} and at the schedule of the same name.`,
  });
  const login = alarm(scope, 'ReauthorizationRequired', {
    name: `${service}-${connection}-reauthorization-required`,
    metric: connectionMetric(emitter, 'ReauthorizationRequired', Stats.MAXIMUM, tick),
    // Said once, 1 when a token ends and 0 when there is a new one: in between the alarm stays as it is.
    missing: TreatMissingData.IGNORE,
    meaning: `The token of ${connection} is about to expire or has expired, and only a login can bring a new one.`,
    toDo: 'have a person log in; the exchange function stores the token, and the next tick ends this alarm.',
  });
  return [unwatched, login];
};

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
    metric: new MathExpression({
      expression: `SELECT MAX(AwaitingCredentials) FROM SCHEMA(${METRICS_NAMESPACE}, connection, service) WHERE service = '${service}'`,
      usingMetrics: {},
      label: 'awaiting credentials',
      period: LONGEST_TICK,
    }),
    meaning: 'At least one connection has never had credentials. This alarm notifies nobody.',
    toDo: 'write {"client_id":"…","client_secret":"…"} to the secret of each connection the board shows as awaiting credentials.',
  });
  return { alarms: [failureQueue, targetErrors, ...functionErrors], awaiting };
};

/** One light for everything that needs somebody. It notifies nobody itself: each alarm below it has done so. */
export const attentionAlarm = (scope: Construct, service: string, alarms: readonly Alarm[]): CompositeAlarm =>
  new CompositeAlarm(scope, 'Attention', {
    compositeAlarmName: `${service}-attention`,
    alarmDescription:
      `Somebody has to look at ${service}: an alarm below this one is on. ` +
      'To do: open the alarms below it; each says what to do. Connect a pager here to be called once per incident.',
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
