import { type CodeMarker, parseMarker } from './code-marker.ts';
import { type Connection, codesPathOf, type Slot, slotOf } from './connection.ts';
import type { Parameters } from './edges/parameters.ts';
import type { Tree } from './edges/tree.ts';
import type { Listed, Sweep } from './policy/sweep.ts';
import { instant, parseStatus, type Status } from './status.ts';

/** What an authorization_code connection keeps beside its own token and status. */
export interface Found {
  readonly subjects: readonly Listed<Status>[];
  readonly codes: readonly Listed<CodeMarker>[];
}

export interface SweepEdges {
  readonly tree: Tree;
  /** The parameters of a subject. */
  readonly slot: (subject: string) => Pick<Parameters, 'readStatus' | 'writeStatus'>;
}

/** The statuses of subjects and the markers of codes. Markers last: one tells that a run is at work on a slot. */
export const look = async (connection: Connection, { tree }: SweepEdges): Promise<Found> => {
  const subjects = await tree.list(connection.statusParameter, parseStatus);
  const codes = await tree.list(codesPathOf(connection), parseMarker);
  return { subjects, codes };
};

/** Carries a sweep out, but for the connection's own status. Each step may be the last: the next tick goes on. */
export const clean = async (
  sweep: Sweep,
  connection: Connection,
  { tree, slot }: SweepEdges,
  now: number,
): Promise<void> => {
  for (const { subject, status } of sweep.heal) {
    if (subject === null) continue;
    const stored = await slot(subject).readStatus();
    if (stored.tokenVersion !== null) await slot(subject).writeStatus(status, stored);
  }
  const gone: Slot[] = [];
  for (const subject of sweep.expired) {
    if (await isStillOver(slot(subject), now)) gone.push(slotOf(connection, subject));
  }
  const orphans = sweep.orphans.map((subject) => slotOf(connection, subject));
  // Tokens before statuses: a run that dies in between finds the status again, and with it the token.
  await tree.remove([...gone, ...orphans].map(({ tokenParameter }) => tokenParameter));
  await tree.remove(gone.map(({ statusParameter }) => statusParameter));
  await tree.remove(sweep.codes.map((key) => `${codesPathOf(connection)}/${key}`));
};

// Somebody may have logged in since the statuses were listed.
const isStillOver = async ({ readStatus }: Pick<Parameters, 'readStatus'>, now: number): Promise<boolean> => {
  const { status, tokenVersion } = await readStatus();
  if (tokenVersion !== null && tokenVersion !== (status?.tokenVersion ?? null)) return false;
  return (instant(status?.expiresAt ?? null) ?? 0) <= now;
};
