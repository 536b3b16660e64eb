import type { Status } from '../status.ts';
import { settledState } from './failure.ts';

/**
 * The status to keep where two runs wrote at once. The one that describes the later token wins, and a pause survives
 * whichever run it came from. Both writers come to the same answer, whoever is last.
 *
 * @param before what this run had read
 * @param mine what this run wrote
 * @param other what the other run had written meanwhile
 */
export const mergeStatus = (before: Status | null, mine: Status, other: Status): Status => {
  const winner = (other.tokenVersion ?? 0) > (mine.tokenVersion ?? 0) ? other : mine;
  const mineSetPause = mine.pausedUntil !== (before?.pausedUntil ?? null);
  const pausedUntil = mineSetPause ? mine.pausedUntil : other.pausedUntil;
  if (pausedUntil === winner.pausedUntil) return winner;
  return { ...winner, pausedUntil, state: pausedUntil === null ? settledState(winner) : 'paused' };
};
