import Table from 'cli-table3';
import prettyMs from 'pretty-ms';
import { instant, type State, type Status } from '../../functions/status.ts';

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
 */
export const renderTable = (rows: readonly Row[], now: number, colors: Colors = noColors): string => {
  const table = new Table({
    head: HEAD.map(colors.bold),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(BORDERS.map((name) => [name, ''])),
    colAligns: ['left', 'left', 'right', 'right', 'right', 'left'],
  });
  for (const { connection, status, crash } of rows) {
    table.push(
      status === null
        ? [
            connection,
            colors.dim('starting'),
            NOTHING,
            NOTHING,
            NOTHING,
            lastOutcome(null, crash, now, colors),
          ]
        : [
            connection,
            colors[STATE_COLORS[status.state]](status.state),
            expiresIn(status, now, colors),
            renewsIn(status, now),
            String(status.tokenVersion ?? NOTHING),
            lastOutcome(status, crash, now, colors),
          ],
    );
  }
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};

const BORDERS = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
  'left',
  'left-mid',
  'mid',
  'mid-mid',
  'right',
  'right-mid',
  'middle',
] as const;

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
  { bold }: Colors = noColors,
): string =>
  [
    bold('Read a token from another shell:'),
    '',
    `  export ${exports(environment)}`,
    `  aws ssm get-parameter --name ${tokenParameter} --with-decryption --query Parameter.Value --output text`,
  ].join('\n');

/** `NAME=value NAME=value`, quoted for a shell where a value needs it. */
export const exports = (environment: Readonly<Record<string, string>>): string =>
  Object.entries(environment)
    .map(
      ([name, value]) =>
        `${name}=${/^[\w@%+=:,./-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`}`,
    )
    .join(' ');
