import { instant, type State, type Status } from '../status.ts';

/** What the board knows about one connection. */
export interface Row {
  readonly connection: string;
  readonly provider: string;
  readonly functionName: string;
  readonly secretArn: string;
  readonly statusParameter: string;
  readonly lifetimeSeconds: number;
  readonly renewBeforeSeconds: number;
  /** Only a login can bring a token: there is nothing to refresh. */
  readonly needsLogin: boolean;
  /** Null before the first tick, and where the parameter holds something else. */
  readonly status: Status | null;
}

export type Tone = 'ok' | 'warn' | 'bad' | 'calm';

/** A row's state as it is shown: a token that has expired is worth more words than its state. */
export interface Shown {
  readonly label: string;
  readonly tone: Tone;
  /** Rows that need somebody come first. */
  readonly rank: number;
}

const STATES: Readonly<Record<State, Shown>> = {
  blocked: { label: 'blocked', tone: 'bad', rank: 1 },
  'reauthorization-required': { label: 'login required', tone: 'bad', rank: 2 },
  failing: { label: 'failing', tone: 'warn', rank: 3 },
  'awaiting-credentials': { label: 'awaiting credentials', tone: 'calm', rank: 4 },
  paused: { label: 'paused', tone: 'calm', rank: 6 },
  fresh: { label: 'fresh', tone: 'ok', rank: 7 },
};

export const shown = ({ status }: Row, now: number): Shown => {
  if (status === null) return { label: 'no report yet', tone: 'calm', rank: 5 };
  const pauseIsOver = status.state === 'paused' && (instant(status.pausedUntil) ?? 0) <= now;
  const state = pauseIsOver
    ? ({ label: 'pause is over', tone: 'calm', rank: 6 } as const)
    : STATES[status.state];
  return isExpired(status, now) ? { label: `expired (${state.label})`, tone: 'bad', rank: 0 } : state;
};

const isExpired = ({ expiresAt }: Status, now: number): boolean =>
  expiresAt !== null && Date.parse(expiresAt) <= now;

/** How much of its life a token has left, in percent, and where on that scale renewal starts. */
export const bar = (row: Row, now: number): { left: number; renewal: number; tone: Tone } | null => {
  const expiresAt = instant(row.status?.expiresAt ?? null);
  if (expiresAt === null) return null;
  const issuedAt = instant(row.status?.issuedAt ?? null);
  const life = issuedAt === null ? row.lifetimeSeconds * 1000 : Math.max(expiresAt - issuedAt, 1);
  const left = Math.max(expiresAt - now, 0);
  const percent = (ms: number) => Math.min(Math.max(Math.round((ms / life) * 100), 0), 100);
  const renewBefore = row.renewBeforeSeconds * 1000;
  return {
    left: percent(left),
    renewal: percent(renewBefore),
    tone: left > renewBefore / 2 ? 'ok' : left > renewBefore / 8 ? 'warn' : 'bad',
  };
};
