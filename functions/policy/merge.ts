import { instant, iso, type State, type Status } from '../status.ts';
import { settledState } from './failure.ts';

/**
 * The status to keep where two runs wrote at once. Both writers come to the same answer, whoever is last.
 *
 * - The one that describes the later token wins.
 * - A pause, or its end, survives whichever run it came from, and so does a notice.
 * - Of one token, told twice, the earlier expiry counts.
 * - The next attempt is the earlier one of both, and at the next tick where the other run failed: what it asked for may
 *   have been issued all the same, and have revoked this token.
 *
 * @param before what this run had read
 * @param mine what this run wrote
 * @param other what the other run had written meanwhile
 */
export const mergeStatus = (before: Status | null, mine: Status, other: Status): Status => {
  const [winner, loser] =
    (other.tokenVersion ?? 0) > (mine.tokenVersion ?? 0) ? [other, mine] : [mine, other];
  const pausedUntil = mergePause(before?.pausedUntil ?? null, mine.pausedUntil, other.pausedUntil);
  const isNew =
    loser.lastAttempt?.at !== before?.lastAttempt?.at ||
    loser.failures.consecutive !== before?.failures.consecutive;
  const failedMeanwhile = winner.failures.error === null && loser.failures.error !== null && isNew;
  const next = failedMeanwhile ? (loser.lastAttempt?.at ?? null) : newNextAttempt(before, loser);
  const sameToken = winner.fingerprint !== null && winner.fingerprint === loser.fingerprint;
  const merged: Status = {
    ...winner,
    pausedUntil,
    noticedAt: mine.noticedAt === (before?.noticedAt ?? null) ? other.noticedAt : mine.noticedAt,
    state: stateOf(winner, pausedUntil),
    expiresAt: sameToken ? earlier(winner.expiresAt, loser.expiresAt) : winner.expiresAt,
    renewAt: winner.renewAt === null ? null : earlier(winner.renewAt, next),
    nextAttemptAt: winner.nextAttemptAt === null ? null : earlier(winner.nextAttemptAt, next),
  };
  return equals(merged, winner) ? winner : merged;
};

const FIELDS = ['pausedUntil', 'noticedAt', 'state', 'expiresAt', 'renewAt', 'nextAttemptAt'] as const;
const equals = (a: Status, b: Status): boolean => FIELDS.every((field) => a[field] === b[field]);

/** The next attempt as a run has set it; null where it left it as it was. */
const newNextAttempt = (before: Status | null, { nextAttemptAt }: Status): string | null =>
  nextAttemptAt === (before?.nextAttemptAt ?? null) ? null : nextAttemptAt;

const stateOf = (winner: Status, pausedUntil: string | null): State => {
  if (pausedUntil === winner.pausedUntil) return winner.state;
  return pausedUntil === null ? settledState(winner) : 'paused';
};

// Where both changed it, two people were at work at once: the longer pause is the safer one.
const mergePause = (before: string | null, mine: string | null, other: string | null): string | null => {
  if (mine === before) return other;
  if (other === before) return mine;
  return (instant(mine) ?? 0) > (instant(other) ?? 0) ? mine : other;
};

const earlier = (one: string | null, two: string | null): string | null => {
  const times = [instant(one), instant(two)].filter((time) => time !== null);
  return times.length === 0 ? null : iso(Math.min(...times));
};
