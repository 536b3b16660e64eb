import type { Connection } from '../connection.ts';
import { FAILURE_KINDS, type FailureCode, type RefreshError } from '../errors.ts';
import { instant, type Outcome, type State, type Status } from '../status.ts';
import { PROBE_SECONDS } from './timing.ts';

/** A `Retry-After` is waited for at most this long, in seconds, where there is no life left to lose. */
const RETRY_AFTER_MAX = 15 * 60;

/** The state a failure leads to. */
export const stateAfterFailure = (code: FailureCode): State => {
  if (code === 'credentials_empty') return 'awaiting-credentials';
  const states = {
    transient: 'failing',
    permanent: 'blocked',
    reauthorization: 'reauthorization-required',
  } as const;
  return states[FAILURE_KINDS[code]];
};

/** The outcome a run reports when it leaves a connection in this state without having refreshed it. */
export const outcomeOf = (state: State): Outcome => (state === 'failing' ? 'failed' : state);

/** The state that follows from what was used and what failed alone: what a pause hid. */
export const settledState = ({ failures, tokenVersion, secretVersion }: Status): State => {
  if (failures.error !== null) return stateAfterFailure(failures.error.code);
  return tokenVersion === null && secretVersion === null ? 'awaiting-credentials' : 'fresh';
};

/**
 * The earliest time of the next attempt, in milliseconds since the epoch, or null where each tick looks anyway.
 *
 * Transient: from half a tick after the run's start on, so that the next tick attempts even when it comes a little early
 * or the run took long, and a duplicate of this one does not. `Retry-After` is waited for, but no longer than leaves one
 * tick before the token expires; where it has no life left, for a quarter of an hour at most.
 *
 * Anything else: the slow probe. Where no credentials were rejected and the token still lives, it is sooner: at half of
 * the life that is left. A maintenance page is a wrong answer too, and should not cost a token of half an hour; a
 * failed login again and again might cost the account.
 *
 * Where an answer of the run was lost, the token in it may have revoked the stored one: no life of that is counted on,
 * and whatever else went wrong, the next tick attempts.
 */
export const nextAttemptAt = (
  error: Pick<RefreshError, 'code' | 'kind' | 'retryAfterSeconds'>,
  { tickSeconds }: Pick<Connection, 'tickSeconds'>,
  {
    startedAt,
    now,
    expiresAt,
    answerLost,
  }: { startedAt: number; now: number; expiresAt: string | null; answerLost?: boolean | undefined },
): number | null => {
  if (error.code === 'credentials_empty') return null;
  const backoff = (tickSeconds * 1000) / 2;
  const left = Math.max((instant(expiresAt) ?? now) - now, 0);
  const life = answerLost ? 0 : left;
  if (error.kind !== 'transient' && answerLost) return startedAt + backoff;
  if (error.kind !== 'transient') {
    const isProbedSooner = error.kind === 'permanent' && error.code !== 'credentials_rejected' && life > 0;
    const probe = PROBE_SECONDS * 1000;
    return now + (isProbedSooner ? Math.min(Math.max(life / 2, backoff), probe) : probe);
  }
  const most = [
    ...(left > 0 ? [left - tickSeconds * 1000] : []),
    ...(life > 0 ? [] : [RETRY_AFTER_MAX * 1000]),
  ];
  const asked = Math.min((error.retryAfterSeconds ?? 0) * 1000, ...most);
  return Math.max(startedAt + backoff, now + asked);
};
