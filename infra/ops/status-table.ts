import { instant, type Status } from '../../functions/status.ts';
import { type Assessment, assess } from './assess.ts';
import type { Found } from './config.ts';
import { fitted, table, widthsOf } from './table.ts';
import { duration, type Paint, paintState, stateWord } from './words.ts';

/** A connection as it was found: its status is null where there is none. */
export interface Look {
  readonly config: Found;
  readonly status: Status | null;
  readonly assessment: Assessment;
}

export const lookAt = (
  found: readonly Found[],
  statuses: readonly (Status | null)[],
  now: number,
): readonly Look[] =>
  found.map((config, at) => {
    const status = statuses[at] ?? null;
    return { config, status, assessment: assess(config, status, now) };
  });

const HEAD = ['CONNECTION', 'STATE', 'EXPIRES IN', 'RENEWS IN', 'NEXT ATTEMPT', 'PAUSED UNTIL', 'LAST ERROR'];
const NONE = '–';
const NO_STATUS = 'there is no status yet';
/** Columns that are there even where every cell is empty. */
const ALWAYS = 3;
/** Columns that a narrow terminal does without, the first one first: the error tells most, and `explain` the rest. */
const SPARE = ['RENEWS IN', 'PAUSED UNTIL', 'NEXT ATTEMPT', 'LAST ERROR'].map((title) => HEAD.indexOf(title));
const SHORTEST_ERROR = 12;
const DAY_MS = 86_400_000;

/**
 * The table of `status`. Pure. In a terminal of so many `columns` it leaves out what no connection has and what has no
 * room, and cuts the last error; null is no terminal, and the whole table.
 */
export const statusTable = (
  looks: readonly Look[],
  now: number,
  paint: Paint,
  columns: number | null,
): string => {
  const head = HEAD.map((title) => paint('dim', title));
  const rows = looks.map((look) => row(look, now, paint));
  if (columns === null) return table(head, rows);
  const wanted = widthsOf(head, rows).map((width, at) =>
    at < ALWAYS || rows.some((cells) => cells[at] !== NONE) ? width : 0,
  );
  const widths = fitted(wanted, columns, { spare: SPARE, least: SHORTEST_ERROR });
  const room = widths.at(-1) ?? 0;
  const shortened = rows.map((cells, at) => {
    const look = looks[at];
    const said = cells.at(-1) ?? '';
    return look === undefined || said.length <= room ? cells : [...cells.slice(0, -1), shortError(look)];
  });
  return table(head, shortened, { widths });
};

const row = (look: Look, now: number, paint: Paint): string[] => {
  const { config, status, assessment } = look;
  const { state, expired, expiresAt } = assessment;
  return [
    paint('bold', config.connection),
    paintState(paint, state, expired),
    expiresAt === null
      ? NONE
      : expired
        ? paint('red', `${duration(now - expiresAt)} ago`)
        : duration(expiresAt - now),
    renewal(status, assessment, now, paint),
    nextAttempt(status, assessment, now, paint),
    pausedUntil(look, now),
    lastError(look),
  ];
};

const renewal = (
  status: Status | null,
  { state, overdue }: Assessment,
  now: number,
  paint: Paint,
): string => {
  const renewAt = instant(status?.renewAt ?? null);
  if (state !== 'fresh' || renewAt === null) return NONE;
  if (renewAt > now) return duration(renewAt - now);
  return overdue ? paint('red', `overdue ${duration(now - renewAt)}`) : 'due';
};

const nextAttempt = (
  status: Status | null,
  { state, overdue }: Assessment,
  now: number,
  paint: Paint,
): string => {
  if (state === null) return 'first tick';
  if (state === 'fresh' || state === 'paused') return NONE;
  if (state === 'awaiting-credentials') return 'with credentials';
  const at = instant(status?.nextAttemptAt ?? null);
  if (at === null) return state === 'reauthorization-required' ? 'after a login' : 'next tick';
  if (at > now) return `in ${duration(at - now)}`;
  return overdue ? paint('red', `overdue ${duration(now - at)}`) : 'next tick';
};

/** `05:00 UTC`; on another day, the day. */
const pausedUntil = ({ status, assessment }: Look, now: number): string => {
  const until = instant(status?.pausedUntil ?? null);
  if (assessment.state !== 'paused' || until === null) return NONE;
  const [day = '', time = ''] = new Date(until).toISOString().split('T');
  return until - now < DAY_MS ? `${time.slice(0, 5)} UTC` : day;
};

const lastError = ({ status, assessment }: Look): string => {
  if (status === null) return NO_STATUS;
  if (assessment.overdue) return 'the schedule does not run its function';
  if (assessment.fellBack) return 'AWSCURRENT was rejected, AWSPREVIOUS worked';
  return status.failures.error?.message ?? NONE;
};

/** Where the message has no room: the code, which says the same to whoever knows it. */
const shortError = (look: Look): string => {
  const error = look.status?.failures.error ?? null;
  if (error === null || look.assessment.overdue) return lastError(look);
  return `${error.code}${error.status === null ? '' : ` ${error.status}`}`;
};

/** `6 connections: 4 fresh, 1 blocked, 1 paused`, and what to do about the worst. Pure. */
export const summary = (looks: readonly Look[], ops: string): readonly string[] => {
  const counts = new Map<string, number>();
  for (const { assessment } of looks) {
    const word = assessment.expired ? 'expired' : stateWord(assessment.state);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const [worst] = looks.filter(({ assessment }) => assessment.verdict !== 'fresh').toSorted(worstFirst);
  const parts = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  const total = `${looks.length} ${looks.length === 1 ? 'connection' : 'connections'}: ${parts}`;
  return worst === undefined
    ? [total]
    : [total, `why, and what to do: ${ops} explain ${worst.config.connection}`];
};

/** What somebody has to look at first: what is broken, then what waits for somebody anyway. */
const URGENCY: readonly ((assessment: Assessment) => boolean)[] = [
  ({ expired }) => expired,
  ({ state }) => state === 'blocked',
  ({ overdue }) => overdue,
  ({ state }) => state === 'failing',
  ({ fellBack }) => fellBack,
  ({ state }) => state === 'reauthorization-required',
  ({ state }) => state === 'awaiting-credentials',
  ({ state }) => state === null,
  () => true,
];

const rank = (assessment: Assessment): number => URGENCY.findIndex((holds) => holds(assessment));

/** Of two alike, the one whose token expires first. */
const worstFirst = ({ assessment: one }: Look, { assessment: other }: Look): number =>
  rank(one) - rank(other) ||
  (one.expiresAt ?? Number.MAX_SAFE_INTEGER) - (other.expiresAt ?? Number.MAX_SAFE_INTEGER);

/** One object a connection, for machines. Pure. */
export const statusJson = (looks: readonly Look[], now: number) =>
  looks.map(({ config, status, assessment }) => ({
    connection: config.connection,
    provider: config.provider,
    verdict: assessment.verdict,
    state: assessment.state,
    expired: assessment.expired,
    overdue: assessment.overdue,
    expiresAt: status?.expiresAt ?? null,
    expiresInSeconds: assessment.expiresAt === null ? null : Math.floor((assessment.expiresAt - now) / 1000),
    renewAt: status?.renewAt ?? null,
    nextAttemptAt: status?.nextAttemptAt ?? null,
    pausedUntil: status?.pausedUntil ?? null,
    tokenVersion: status?.tokenVersion ?? null,
    lastAttempt: status?.lastAttempt ?? null,
    failures: status?.failures ?? null,
    reason: status?.reason ?? NO_STATUS,
  }));
