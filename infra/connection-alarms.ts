import { type Alarm, ComparisonOperator, MathExpression, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import type { MetricName } from '../functions/metric-name.ts';
import { REQUEST_TIMEOUT_SECONDS, type Timing } from '../functions/policy/timing.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import { alarm } from './alarms.ts';
import { connectionMetric, type Emitter } from './connection-metric.ts';
import { DEFAULT_PREFIX } from './names.ts';

/** Stands for "nothing to worry about" where an expression answers seconds to expiry. */
const FINE = 99_999_999;

/** The alarms of one connection. */
export interface ConnectionAlarms {
  /** Something has failed that somebody has to mend. */
  readonly incidents: readonly Alarm[];
  /** A login is due. No incident: it is on from half of every token's life until somebody logs in. */
  readonly login?: Alarm;
}

/** Whose alarms they are: commands name the prefix, where one has to. */
interface Watched extends Emitter {
  readonly prefix: string;
}

/** The alarms of one connection: its token is about to expire or nobody watches it, and somebody has to do something. */
export const connectionAlarms = (
  scope: Construct,
  emitter: Watched,
  timing: Timing,
  grant: Dialect['grant'],
): ConnectionAlarms =>
  grant === 'authorization_code'
    ? loginAlarms(scope, emitter, timing)
    : requestAlarms(scope, emitter, timing);

/** Periods an alarm on expiry waits for. FILL gives the newest one a 0 while its value is on the way, and a tick may be late. */
const PERIODS = { atLeast: 3, atMost: 4 } as const;
/** What a period's value, and the alarm's look at it, may be late by, in seconds. */
const LATE = 60;

/**
 * When a token is taken to be about to expire: where so many ticks in a row find less than the threshold left. That is
 * half of renewBefore, or more where the ticks would not fit in that, but never as much as a token has that is renewed in
 * time: below a lifetime of about eight minutes the alarm may come after expiry.
 */
export const expiryAlarm = ({ renewBeforeSeconds, tickSeconds }: Timing) => {
  const half = Math.floor(renewBeforeSeconds / 2);
  const fitting = Math.floor((half - LATE) / tickSeconds);
  const evaluationPeriods = Math.min(Math.max(fitting, PERIODS.atLeast), PERIODS.atMost);
  const renewed = renewBeforeSeconds - REQUEST_TIMEOUT_SECONDS;
  const thresholdSeconds = Math.min(Math.max(half, evaluationPeriods * tickSeconds + LATE), renewed);
  return { thresholdSeconds, evaluationPeriods };
};

const requestAlarms = (scope: Construct, emitter: Watched, timing: Timing): ConnectionAlarms => {
  const { prefix, service, connection } = emitter;
  const explain = `${prefix === DEFAULT_PREFIX ? '' : `--prefix ${prefix} `}explain ${connection}`;
  const tick = Duration.seconds(timing.tickSeconds);
  const { thresholdSeconds, evaluationPeriods } = expiryAlarm(timing);
  const metric = (name: MetricName) => connectionMetric(emitter, name, tick);
  const expiry = alarm(scope, 'Expiry', {
    name: `${service}-${connection}-expiry`,
    metric: new MathExpression({
      // On purpose: a pause; and no credentials yet, which has an alarm of its own. A maximum of a list, since a sum
      // has no value where one of its metrics has never had any.
      expression: `MAX([FILL(seconds, 0), FILL(waiting, 0) * ${FINE}, FILL(paused, 0) * ${FINE}])`,
      usingMetrics: {
        seconds: metric('SecondsToExpiry'),
        waiting: metric('AwaitingCredentials'),
        paused: metric('Paused'),
      },
      label: 'seconds to expiry',
      period: tick,
    }),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: thresholdSeconds,
    evaluationPeriods,
    missing: TreatMissingData.BREACHING,
    meaning:
      `The token of ${connection} has less than ${thresholdSeconds} s left, or its function no longer reports: renewal ` +
      'has failed for a while.',
    toDo:
      `look at ${connection} on the board (its last error), or at the log /aws/lambda/${service}-${connection}; ` +
      'then force a refresh.',
  });
  const blocked = alarm(scope, 'Blocked', {
    name: `${service}-${connection}-blocked`,
    metric: metric('Blocked'),
    meaning:
      `Trying ${connection} again at once would not help: the provider's answer is a refusal or no token response, or the ` +
      'secret cannot be used. It is tried at half of the life its token has left, or every half hour.',
    toDo:
      `run token-refresher ${explain} (npm run ops -- ${explain}), which says why and what to do. A new ` +
      'version of the secret, or a deployment with other settings, lifts the block at once.',
  });
  return { incidents: [expiry, blocked] };
};

/** Nothing renews a token that needs a login: what can fail is the watch of it, and what can be due is the login. */
const loginAlarms = (scope: Construct, emitter: Emitter, { tickSeconds }: Timing): ConnectionAlarms => {
  const { service, connection } = emitter;
  const tick = Duration.seconds(tickSeconds);
  const unwatched = alarm(scope, 'Unwatched', {
    name: `${service}-${connection}-unwatched`,
    // Reported at every tick, and never below 0: only silence is an alarm.
    metric: connectionMetric(emitter, 'LiveSubjects', tick),
    comparison: ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: 3,
    missing: TreatMissingData.BREACHING,
    meaning: `Nobody watches the tokens of ${connection}: its function no longer reports, and expired ones may stay.`,
    toDo: `look at the log /aws/lambda/${service}-${connection} and at the schedule of the same name.`,
  });
  const login = alarm(scope, 'ReauthorizationRequired', {
    name: `${service}-${connection}-reauthorization-required`,
    metric: connectionMetric(emitter, 'ReauthorizationRequired', tick),
    // Said once, 1 when a token ends and 0 when there is a new one: in between the alarm stays as it is.
    missing: TreatMissingData.IGNORE,
    meaning: `The token of ${connection} is about to expire or has expired, and only a login can bring a new one.`,
    toDo: 'have a person log in; the exchange function stores the token, and the next tick ends this alarm.',
  });
  return { incidents: [unwatched], login };
};
