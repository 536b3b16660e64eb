import logUpdate from 'log-update';
import { PROBE_SECONDS } from '../../functions/policy/timing.ts';
import { instant, type Status } from '../../functions/status.ts';
import { wrapped } from '../ops/words.ts';
import type { InvocationResult } from './aws/lambda-invoke.ts';
import type { Sandbox } from './sandbox.ts';
import { type Colors, duration, howToRead, type Row, renderTable } from './screen.ts';

const FRAME_MS = 250;

/** The last invocation of each connection, as far as the function could not tell its end itself. */
export const createCrashes = () => {
  const crashes = new Map<string, string>();
  return {
    note: (connection: string, { payload, functionError }: InvocationResult): void => {
      const { errorType = '', errorMessage = '' } = functionError === null ? {} : JSON.parse(payload);
      const said = String(errorMessage).replace(/^RequestId: \S+ (?:Error: )?/, '');
      if (/^(?:Runtime|Sandbox)\./.test(errorType)) crashes.set(connection, `${errorType}: ${said}`);
      else crashes.delete(connection);
    },
    of: (connection: string): string | null => crashes.get(connection) ?? null,
  };
};

export type Crashes = ReturnType<typeof createCrashes>;

const rowsOf = async ({ connections, statuses }: Sandbox, crashes: Crashes): Promise<Row[]> => {
  const found = await statuses();
  return connections.map(({ connection }) => ({
    connection,
    status: found.get(connection) ?? null,
    crash: crashes.of(connection),
  }));
};

/** Draws the table over and over until told to stop, and below it how to read a token. */
export const drawTable = async (
  sandbox: Sandbox,
  crashes: Crashes,
  { colors, screen, signal }: { colors: Colors; screen: Screen; signal: AbortSignal },
): Promise<void> => {
  while (!signal.aborted) {
    const rows = await rowsOf(sandbox, crashes);
    const { columns = 80, rows: height = 24 } = screen;
    const notes = notesOf(rows).map((note) => colors.yellow(wrapped(note, columns)));
    const text = [
      renderTable(rows, Date.now(), colors, columns),
      '',
      ...notes,
      ...(notes.length === 0 ? [] : ['']),
      reading(sandbox, { colors, columns }),
    ].join('\n');
    logUpdate(fitLines(text.split('\n'), height - 1).join('\n'));
    await pause(FRAME_MS, signal);
  }
  logUpdate.done();
};

/** The terminal, as wide and high as it is now. */
type Screen = Pick<NodeJS.WriteStream, 'columns' | 'rows'>;

/** What is higher than the terminal could not be taken back: the first lines stay, the head among them. */
export const fitLines = (lines: readonly string[], height: number): readonly string[] =>
  lines.length <= height
    ? lines
    : [...lines.slice(0, height - 1), `… ${lines.length - height + 1} more lines: make the terminal higher`];

/** Where nobody watches: a line for everything that changes, until told to stop. */
export const printChanges = async (
  sandbox: Sandbox,
  crashes: Crashes,
  {
    print,
    signal,
    everyMs = FRAME_MS,
  }: { print: (line: string) => void; signal: AbortSignal; everyMs?: number },
): Promise<void> => {
  const before = new Map<string, string>();
  while (!signal.aborted) {
    for (const { connection, status, crash } of await rowsOf(sandbox, crashes)) {
      const line = crash ?? (status === null ? 'starting' : lineOf(status, Date.now()));
      if (before.get(connection) !== line) print(`${new Date().toISOString()} ${connection}: ${line}`);
      before.set(connection, line);
    }
    await pause(everyMs, signal);
  }
};

/** What is worth lines of its own below the table. */
export const notesOf = (rows: readonly Row[]): string[] =>
  rows
    .filter(({ status }) => status?.state === 'blocked')
    .flatMap(({ connection }) => [
      `${connection} is blocked, and tried every ${PROBE} at any speed. To try it now, in the other shell:`,
      `  ${forceOf(connection)}`,
    ]);

/** The functions know no speed, and so the probe keeps its pace. */
const PROBE = duration(PROBE_SECONDS * 1000);

const forceOf = (connection: string): string => `npm run ops -- refresh ${connection} --force`;

const tryNow = (connection: string): string =>
  `tried every ${PROBE} at any speed, and now by ${forceOf(connection)} in the other shell`;

/** The same text for as long as nothing has happened. */
const lineOf = (status: Status, now: number): string =>
  [
    changeLine(status),
    ...((instant(status.expiresAt) ?? now + 1) > now ? [] : ['the token has expired']),
    ...(status.state === 'blocked' ? [tryNow(status.connection)] : []),
  ].join('; ');

const changeLine = ({
  state,
  lastAttempt,
  tokenVersion,
  issuedAt,
  expiresAt,
  failures,
  reason,
}: Status): string => {
  if (failures.error !== null) return `${state}, ${failures.error.code}: ${failures.error.message}`;
  if (tokenVersion === null || issuedAt === null || expiresAt === null) return `${state}: ${reason}`;
  const lifetime = duration(Date.parse(expiresAt) - Date.parse(issuedAt));
  return `${state}, ${lastAttempt?.outcome}: version ${tokenVersion}, valid for ${lifetime}`;
};

/** How another shell reads the first connection's token. */
export const reading = (
  { connections, environment }: Pick<Sandbox, 'connections' | 'environment'>,
  options: { readonly colors: Colors; readonly columns?: number },
): string => {
  const [first] = connections;
  return first === undefined ? '' : howToRead(environment, first.tokenParameter, options);
};

/** What stands above the table, said once. */
export const introduction = ({
  speed,
  board,
  logins,
  colors,
}: {
  readonly speed: number;
  readonly board: string | null;
  /** Where to log in, by connection. */
  readonly logins: ReadonlyMap<string, string>;
  readonly colors: Colors;
}): string => {
  const pace = speed === 1 ? 'Time passes as it does.' : `Time passes ${speed} times as fast.`;
  return [
    ...(board === null ? [] : [`${colors.bold('Board:')} ${board}`]),
    ...[...logins].map(([connection, link]) => `${colors.bold(`Log in at ${connection}:`)} ${link}`),
    colors.dim(`${pace} Ctrl-C stops and leaves nothing behind.`),
    '',
  ].join('\n');
};

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
