import prettyMs from 'pretty-ms';
import { instant, type State, type Status } from '../../functions/status.ts';
import { fitted, table, widthsOf } from '../ops/table.ts';
import { wrapped } from '../ops/words.ts';

/** One connection on the screen. */
export interface Row {
  readonly connection: string;
  /** Null where it has not run yet. */
  readonly status: Status | null;
  /** What ended its last invocation, where the function could not say so itself. */
  readonly crash: string | null;
}

type Paint = (text: string) => string;
export type Colors = Readonly<Record<'bold' | 'dim' | 'green' | 'yellow' | 'red', Paint>>;

const asIs: Paint = (text) => text;
export const noColors: Colors = { bold: asIs, dim: asIs, green: asIs, yellow: asIs, red: asIs };

/** Whether lines written there can be taken back. Some terminals do not know how wide they are, and then nothing can. */
export const canRedraw = ({ isTTY, columns }: { isTTY?: boolean; columns?: number }): boolean =>
  isTTY === true && columns !== undefined && columns > 0;

const HEAD = ['connection', 'state', 'expires in', 'renews in', 'version', 'last outcome'];
const NOTHING = '–';
/** Columns that a narrow terminal does without, the first one first. */
const SPARE = ['version', 'renews in', 'last outcome'].map((title) => HEAD.indexOf(title));
/** An outcome, if not when. */
const SHORTEST = 12;
const REASON_LENGTH = 60;

const STATE_COLORS: Readonly<Record<State, Exclude<keyof Colors, 'bold'>>> = {
  fresh: 'green',
  failing: 'yellow',
  paused: 'dim',
  'awaiting-credentials': 'yellow',
  'reauthorization-required': 'yellow',
  blocked: 'red',
};

/**
 * A row per connection.
 * @param now milliseconds since the epoch
 * @param columns of the terminal: what has no room is left out or cut; null is none, and the whole table
 */
export const renderTable = (
  rows: readonly Row[],
  now: number,
  colors: Colors = noColors,
  columns: number | null = null,
): string => {
  const head = HEAD.map(colors.bold);
  const cells = rows.map((row) => cellsOf(row, now, colors));
  const widths =
    columns === null ? undefined : fitted(widthsOf(head, cells), columns, { spare: SPARE, least: SHORTEST });
  return table(head, cells, { aligns: ['left', 'left', 'right', 'right', 'right', 'left'], widths });
};

const cellsOf = ({ connection, status, crash }: Row, now: number, colors: Colors): string[] =>
  status === null
    ? [connection, colors.dim('starting'), NOTHING, NOTHING, NOTHING, lastOutcome(null, crash, now, colors)]
    : [
        connection,
        colors[STATE_COLORS[status.state]](status.state),
        expiresIn(status, now, colors),
        renewsIn(status, now),
        String(status.tokenVersion ?? NOTHING),
        lastOutcome(status, crash, now, colors),
      ];

/** A duration with at most two units, such as `1d 4h` or `12s`. */
export const duration = (ms: number): string =>
  prettyMs(Math.floor(Math.max(ms, 0) / 1000) * 1000, { unitCount: 2 }).replace(/^0ms$/, '0s');

const expiresIn = ({ expiresAt }: Status, now: number, { red }: Colors): string => {
  const at = instant(expiresAt);
  if (at === null) return NOTHING;
  return at > now ? duration(at - now) : red(`expired ${duration(now - at)} ago`);
};

const renewsIn = ({ renewAt, state }: Status, now: number): string => {
  const at = instant(renewAt);
  if (at === null || state === 'blocked' || state === 'paused') return NOTHING;
  return at > now ? duration(at - now) : 'due';
};

const lastOutcome = (
  status: Status | null,
  crash: string | null,
  now: number,
  { red, dim }: Colors,
): string => {
  if (crash !== null) return red(cut(crash));
  if (status === null || status.lastAttempt === null) return NOTHING;
  const { outcome, at } = status.lastAttempt;
  const { error } = status.failures;
  const when = dim(`${duration(now - (instant(at) ?? now))} ago`);
  return error === null ? `${outcome} ${when}` : `${outcome} ${when} ${cut(error.message)}`;
};

const cut = (text: string): string =>
  text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH - 1)}…` : text;

/** How another shell reads a token, to be copied. */
export const howToRead = (
  environment: Readonly<Record<string, string>>,
  tokenParameter: string,
  { colors = noColors, columns = Number.POSITIVE_INFINITY }: { colors?: Colors; columns?: number } = {},
): string =>
  [
    colors.bold('Read a token from another shell:'),
    '',
    command(`export ${exports(environment)}`, columns),
    command(
      `aws ssm get-parameter --name ${tokenParameter} --with-decryption --query Parameter.Value --output text`,
      columns,
    ),
  ].join('\n');

// Broken as a shell takes it, where a terminal would break it within a word.
const command = (text: string, columns: number): string =>
  `  ${wrapped(text, columns - '    '.length - ' \\'.length).replaceAll('\n', ' \\\n    ')}`;

/** `NAME=value NAME=value`, quoted for a shell where a value needs it. */
export const exports = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(
      ([name, value]) =>
        `${name}=${/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`,
    )
    .join(' ');
