import { type CodeMarker, RUN_OVER_MS } from '../code-marker.ts';
import { instant, type Status } from '../status.ts';
import { SKEW_SECONDS } from './timing.ts';

/** One parameter of a tree, parsed; `value` is null where it is not what it should be. */
export interface Listed<T> {
  /** The last part of the parameter's name. */
  readonly name: string;
  readonly value: T | null;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

/** Everything an authorization_code connection keeps in SSM, but for the tokens. */
export interface Kept {
  /** The status of the connection itself. */
  readonly shared: Status | null;
  /** By subject. */
  readonly subjects: readonly Listed<Status>[];
  /** By key. */
  readonly codes: readonly Listed<CodeMarker>[];
}

/** What the watch has to put right. `null` as a subject is the connection itself. */
export interface Sweep {
  /** Statuses that a run which died after it stored a token did not write. */
  readonly heal: readonly { readonly subject: string | null; readonly status: Status }[];
  /** Subjects whose token and status have to go. */
  readonly expired: readonly string[];
  /** Slots that may hold a token no status knows of, written by a run that died, and over by now. */
  readonly orphans: readonly (string | null)[];
  /** Keys of codes whose marker has done its duty. */
  readonly codes: readonly string[];
  /** Slots a run is at work on: nothing of theirs is deleted now. */
  readonly busy: ReadonlySet<string | null>;
  /** Subjects with a token that is valid. */
  readonly liveSubjects: number;
}

/** A marker stays at least this long, longer than any server keeps a code. Milliseconds. */
const MARKER_MIN_MS = 60 * 60 * 1000;

/**
 * What the watch has to do beyond the connection's own token. Pure.
 *
 * A marker stays until the token it led to has expired: until then, a second use of its code could revoke that token
 * (RFC 6749 §4.1.2).
 */
export const planSweep = ({ shared, subjects, codes }: Kept, lifetimeSeconds: number, now: number): Sweep => {
  const lifetimeMs = lifetimeSeconds * 1000;
  const known = new Map<string | null, Status | null>([
    [null, shared],
    ...subjects.map(({ name, value }): [string, Status | null] => [name, value]),
  ]);
  const endOf = ({ value, modifiedAt }: Listed<Status>): number =>
    instant(value?.expiresAt ?? null) ?? modifiedAt + lifetimeMs;
  const markers = codes.map(({ name, value, modifiedAt }) => {
    const at = instant(value?.at ?? null) ?? modifiedAt;
    const keptUntil = Math.max(
      at + Math.max(lifetimeMs, MARKER_MIN_MS),
      value?.result?.outcome === 'exchanged' ? (instant(value.result.status.expiresAt) ?? 0) : 0,
    );
    return { name, marker: value, at, over: now >= keptUntil + SKEW_SECONDS * 1000 };
  });

  const busy = new Set<string | null>();
  const heal = new Map<string | null, Status>();
  const orphans = new Set<string | null>();
  for (const { marker, at, over } of markers) {
    if (marker === null) continue;
    const { subject, result } = marker;
    const status = heal.get(subject) ?? known.get(subject) ?? null;
    if (result === null) {
      if (now - at < RUN_OVER_MS) busy.add(subject);
      else if (over && !isLive(status, now) && attemptedAt(status) < at) orphans.add(subject);
    } else if (result.outcome === 'exchanged' && attemptedAt(status) < attemptedAt(result.status)) {
      if (now - at < RUN_OVER_MS) busy.add(subject);
      else if (isLive(result.status, now))
        heal.set(subject, withWhatCame(result.status, known.get(subject) ?? null));
      // Without a status it was deleted with its token, as nearly every subject that is over.
      else if (over && status !== null && !isLive(status, now)) orphans.add(subject);
    }
  }
  const expired = subjects.filter((one) => endOf(one) <= now && !heal.has(one.name)).map(({ name }) => name);
  const live = new Set([
    ...subjects.filter((one) => endOf(one) > now).map(({ name }) => name),
    ...[...heal.keys()].filter((subject) => subject !== null),
  ]);
  return {
    heal: [...heal].map(([subject, status]) => ({ subject, status })),
    expired: expired.filter((subject) => !busy.has(subject)),
    orphans: [...orphans].filter((subject) => !busy.has(subject) && !heal.has(subject)),
    codes: markers.filter(({ over }) => over).map(({ name }) => name),
    busy,
    liveSubjects: live.size,
  };
};

/** What the watch has said, and what ops have paused, since the run that died had read its slot. */
const withWhatCame = (healed: Status, stored: Status | null): Status => {
  if (stored === null) return healed;
  const { noticedAt, pausedUntil } = stored;
  return { ...healed, noticedAt, pausedUntil, state: pausedUntil === null ? healed.state : 'paused' };
};

const isLive = (status: Status | null, now: number): boolean =>
  (instant(status?.expiresAt ?? null) ?? 0) > now;

const attemptedAt = (status: Status | null): number => instant(status?.lastAttempt?.at ?? null) ?? 0;
