import { type CodeMarker, parseMarker } from './code-marker.ts';
import { type Connection, codesPathOf, type Slot, slotOf } from './connection.ts';
import type { Parameters, Stored } from './edges/parameters.ts';
import { PAGE, type Tree } from './edges/tree.ts';
import type { Listed, Sweep } from './policy/sweep.ts';
import { instant, parseStatus, type Status } from './status.ts';

/** What an authorization_code connection keeps beside its own token and status. */
export interface Found {
  readonly subjects: readonly Listed<Status>[];
  readonly codes: readonly Listed<CodeMarker>[];
}

export interface SweepEdges {
  readonly tree: Tree;
  /** The parameters of a subject; null is the connection itself. */
  readonly slot: (subject: string | null) => Pick<Parameters, 'readStatus' | 'writeStatus'>;
}

/** The statuses of subjects and the markers of codes. Markers last: one tells that a run is at work on a slot. */
export const look = async (connection: Connection, { tree }: Pick<SweepEdges, 'tree'>): Promise<Found> => {
  const subjects = await tree.list(connection.statusParameter, parseStatus);
  const codes = await tree.list(codesPathOf(connection), parseMarker);
  return { subjects, codes };
};

/**
 * Carries a sweep out, but for the connection's own status. Each batch may be the last: the next tick goes on.
 *
 * @param signal ends it between two batches
 */
export const clean = async (
  sweep: Sweep,
  connection: Connection,
  { tree, slot }: SweepEdges,
  now: number,
  signal: AbortSignal,
): Promise<void> => {
  // Somebody may have logged in since the statuses were listed.
  for (const { subject, status } of sweep.heal) {
    if (subject === null) continue;
    const stored = await slot(subject).readStatus();
    if (stored.tokenVersion === status.tokenVersion) await slot(subject).writeStatus(status, stored);
  }
  const stillSo = async (
    subjects: readonly (string | null)[],
    holds: (stored: Stored, now: number) => boolean,
  ): Promise<Slot[]> => {
    const slots: Slot[] = [];
    for (const subject of subjects) {
      if (holds(await slot(subject).readStatus(), now)) slots.push(slotOf(connection, subject));
    }
    return slots;
  };
  for (const batch of batches(sweep.orphans, signal)) {
    const orphans = await stillSo(batch, isOver);
    await tree.remove(orphans.map(({ tokenParameter }) => tokenParameter));
  }
  for (const batch of batches(sweep.expired, signal)) {
    const expired = await stillSo(batch, isExpired);
    // Tokens before statuses: a run that dies in between finds the status again, and with it the token.
    await tree.remove(expired.map(({ tokenParameter }) => tokenParameter));
    await tree.remove(expired.map(({ statusParameter }) => statusParameter));
  }
  for (const batch of batches(sweep.codes, signal)) {
    await tree.remove(batch.map((key) => `${codesPathOf(connection)}/${key}`));
  }
};

/** Few, so that little time passes between the last look at them and their end. */
function* batches<T>(all: readonly T[], signal: AbortSignal): Generator<readonly T[]> {
  for (let at = 0; at < all.length && !signal.aborted; at += PAGE) yield all.slice(at, at + PAGE);
}

const isOver = ({ status }: Stored, now: number): boolean => (instant(status?.expiresAt ?? null) ?? 0) <= now;

/** A token that the status does not know of may be a new one. */
const isExpired = (stored: Stored, now: number): boolean => {
  const { status, tokenVersion } = stored;
  return isOver(stored, now) && (tokenVersion === null || tokenVersion === (status?.tokenVersion ?? null));
};
