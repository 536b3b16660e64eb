import type { Logger } from '@aws-lambda-powertools/logger';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Attempt } from './attempt.ts';
import type { Connection } from './connection.ts';
import type { Action } from './event.ts';
import type { MetricName } from './metric-name.ts';
import type { Result } from './policy/status-after.ts';
import { instant, type State } from './status.ts';

/** One count a tick while a connection is in a state that somebody may have to do something about. */
const STATE_METRICS: Partial<Record<State, MetricName>> = {
  'awaiting-credentials': 'AwaitingCredentials',
  blocked: 'Blocked',
  'reauthorization-required': 'ReauthorizationRequired',
  paused: 'Paused',
};

/** Where metrics go, under names that a construct can be asked for. */
export interface MetricSink {
  readonly addMetric: (name: MetricName, unit: Parameters<Metrics['addMetric']>[1], value: number) => unknown;
}

/** What a run tells CloudWatch: one log line, and metrics by EMF. Neither holds a credential or a token. */
export const report = (
  { logger, metrics }: { logger: Logger; metrics: MetricSink },
  connection: Connection,
  action: Action,
  attempt: Attempt,
  { status, state, outcome, reason, failure, notice }: Result,
  now: number,
): void => {
  const expiresAt = instant(status.expiresAt);
  // A connection that still waits for its first credentials, or its first login, has nothing that could expire.
  const waits = state === 'awaiting-credentials' || (attempt.kind === 'watched' && status.noticedAt === null);
  if (expiresAt !== null || !waits) {
    const secondsToExpiry = Math.max(Math.floor(((expiresAt ?? now) - now) / 1000), 0);
    metrics.addMetric('SecondsToExpiry', MetricUnit.Seconds, secondsToExpiry);
  }
  // Where nobody ever logged in there is no login to ask for: a grant that is refused is a request that is refused.
  const needsLogin = connection.codesPath !== undefined;
  const stateMetric =
    state === 'reauthorization-required' && !needsLogin ? STATE_METRICS.blocked : STATE_METRICS[state];
  // Of a watched token it is said once that it ends, and 0 once there is a new one: an alarm that ignores missing
  // data stays on in between.
  if (notice !== undefined) {
    metrics.addMetric('ReauthorizationRequired', MetricUnit.Count, notice === 'required' ? 1 : 0);
  }
  const saidOnce = attempt.kind === 'watched' && state === 'reauthorization-required';
  if (stateMetric !== undefined && !saidOnce) metrics.addMetric(stateMetric, MetricUnit.Count, 1);
  if (attempt.kind === 'issued') {
    metrics.addMetric('Refreshed', MetricUnit.Count, 1);
    if (attempt.secretStage === 'AWSPREVIOUS') metrics.addMetric('PreviousCredentials', MetricUnit.Count, 1);
    metrics.addMetric('ProviderLatency', MetricUnit.Milliseconds, attempt.latencyMs);
  }
  if (failure !== null) metrics.addMetric('Failed', MetricUnit.Count, 1);

  const { error } = status.failures;
  logger[failure === null ? 'info' : 'warn'](`${connection.connection}: ${outcome}`, {
    connection: connection.connection,
    provider: connection.provider,
    action: action.action,
    outcome,
    state,
    reason,
    tokenVersion: status.tokenVersion,
    expiresAt: status.expiresAt,
    renewAt: status.renewAt,
    nextAttemptAt: status.nextAttemptAt,
    consecutiveFailures: status.failures.consecutive,
    ...(error === null ? {} : { failure: error }),
    ...(attempt.kind === 'issued' ? { secretStage: attempt.secretStage, conflicts: attempt.conflicts } : {}),
  });
};
