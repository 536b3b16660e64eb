import { initialStatus, instant, iso, NO_TOKEN, type Status } from '../status.ts';
import { settledState } from './failure.ts';
import { PROBE_SECONDS, SKEW_SECONDS } from './timing.ts';

/**
 * The status a run goes on from: the stored one, as far as it can still be true. Pure.
 *
 * - The status of another provider is not this connection's.
 * - A token that is not there has no expiry.
 * - A pause that is over is none, which the next run writes down.
 * - What was configured otherwise is due at once, and nothing of it is blocked any more: a deployment that changes the
 *   environment, the scope, the secret or the key must not wait for the token of before, nor a longer safe cache time for
 *   one that is renewed as before.
 * - A clock that was ahead for a while, and set right since, has promised more than it could: such a token gets the
 *   life it was issued with, from now on at most, and its next attempt is due.
 */
export const statusBefore = (
  stored: { readonly status: Status | null; readonly tokenVersion: number | null },
  {
    connection,
    provider,
    configuration,
  }: { readonly connection: string; readonly provider: string; readonly configuration?: string },
  now: number,
): Status => {
  if (stored.status?.provider !== provider || stored.status.connection !== connection) {
    return initialStatus(connection, provider);
  }
  const isGone = stored.tokenVersion === null && stored.status.tokenVersion !== null;
  const there = isGone ? { ...stored.status, ...NO_TOKEN } : stored.status;
  const isOver = there.state === 'paused' && (instant(there.pausedUntil) ?? 0) <= now;
  const awake = isOver ? afterPause(there) : there;
  const isOther =
    configuration !== undefined && awake.configuration !== null && awake.configuration !== configuration;
  const status = isOther ? reconfigured(awake, configuration) : awake;
  return isFromTheFuture(status, now) ? asOf(status, now) : status;
};

const afterPause = (status: Status): Status => {
  const state = settledState(status);
  const reason = `the pause is over: ${status.failures.error?.message ?? state}`;
  return { ...status, state, pausedUntil: null, reason };
};

const reconfigured = (status: Status, configuration: string): Status => {
  const { failures } = initialStatus(status.connection, status.provider);
  const due: Status = { ...status, configuration, failures, renewAt: null, nextAttemptAt: null };
  return { ...due, state: status.state === 'paused' ? 'paused' : settledState(due) };
};

const isFromTheFuture = (status: Status, now: number): boolean => {
  const past = [status.issuedAt, status.lastAttempt?.at ?? null, status.rejected?.at ?? null];
  const latestAttempt = Math.max(now + PROBE_SECONDS * 1000, instant(status.expiresAt) ?? 0);
  const skew = SKEW_SECONDS * 1000;
  return (
    past.some((time) => (instant(time) ?? 0) > now + skew) ||
    (instant(status.nextAttemptAt) ?? 0) > latestAttempt + skew
  );
};

const asOf = (status: Status, now: number): Status => {
  const [issuedAt, expiresAt] = [instant(status.issuedAt), instant(status.expiresAt)];
  const ahead = Math.max((issuedAt ?? now) - now, 0);
  const { lastAttempt, rejected } = status;
  const past = (time: string) => iso(Math.min(Date.parse(time), now));
  return {
    ...status,
    issuedAt: issuedAt === null ? null : iso(issuedAt - ahead),
    expiresAt: expiresAt === null ? null : iso(expiresAt - ahead),
    lastAttempt: lastAttempt === null ? null : { ...lastAttempt, at: past(lastAttempt.at) },
    rejected: rejected === null ? null : { ...rejected, at: past(rejected.at) },
    renewAt: null,
    nextAttemptAt: null,
  };
};
