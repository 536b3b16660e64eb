import type { Connection } from '../connection.ts';

type Timing = Pick<Connection, 'renewBeforeSeconds'>;

const JITTER = 0.1;

/**
 * When to renew: at half of the life that is left, or `renewBefore` ahead of expiry, whichever is later. A jitter
 * of up to a tenth, taken from the fingerprint, makes it earlier and never later, so that connections deployed
 * together drift apart and a second look at the same token gives the same answer.
 *
 * @param now milliseconds since the epoch
 * @param expiresAt milliseconds since the epoch
 * @param fingerprint hexadecimal, at least 8 characters
 */
export const renewAt = (
  { renewBeforeSeconds }: Timing,
  { now, expiresAt, fingerprint }: { now: number; expiresAt: number; fingerprint: string },
): number => {
  const remaining = Math.max(expiresAt - now, 0);
  const delay = Math.max(remaining / 2, remaining - renewBeforeSeconds * 1000);
  const fraction = Number.parseInt(fingerprint.slice(0, 8), 16) / 2 ** 32;
  return Math.floor(now + delay * (1 - JITTER * fraction));
};
