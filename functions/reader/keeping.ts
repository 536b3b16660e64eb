import type { Reading } from './reading.ts';

/** Between two reads while there is no token in hand, or it is expired or about to be. */
export const PACE_MS = 1_000;
/** Until the next read where the last one failed or could not tell the expiry. */
export const SHORT_MS = 5_000;

/** Limits of a reader, in milliseconds. */
export interface Limits {
  readonly maxAge: number;
  readonly skew: number;
}

/** Whether a token is known to be expired. One whose expiry nobody has told yet is not. */
export const isExpired = ({ expiresAt = Number.POSITIVE_INFINITY }: Reading, now: number): boolean =>
  expiresAt <= now;

/**
 * Until when a token that was read may be handed out without another look: `min(maxAge, expiresAt − skew)`. Past
 * that, while clocks may disagree whether it has expired, it is looked at once a second; from its expiry on it is
 * never handed out unlooked. All times are milliseconds since the epoch.
 */
export const keepUntil = (
  { expiresAt }: Pick<Reading, 'expiresAt'>,
  readAt: number,
  { maxAge, skew }: Limits,
): number => {
  if (expiresAt === undefined) return readAt + Math.min(maxAge, SHORT_MS);
  const safeUntil = expiresAt - skew;
  return Math.min(readAt + maxAge, readAt < safeUntil ? safeUntil : Math.min(readAt + PACE_MS, expiresAt));
};

/** The same after a read that failed: the token in hand is kept while it is valid. */
export const keepAfterFailure = ({ expiresAt }: Pick<Reading, 'expiresAt'>, failedAt: number): number =>
  Math.min(failedAt + SHORT_MS, expiresAt ?? Number.POSITIVE_INFINITY);
