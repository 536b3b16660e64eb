import { createLogUpdate } from 'log-update';
import { exitCodeFor } from './assess.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { command } from './command.ts';
import { choose } from './config.ts';
import { sentenceFor } from './errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { type Look, lookAt, statusJson, statusTable, summary } from './status-table.ts';
import { clock, duration, painter, parseDuration, wrapped } from './words.ts';
import type { World } from './world.ts';

interface Options {
  readonly json?: boolean;
  readonly watch?: boolean;
  readonly every: string;
}

/** The table of connections. Reads config and status parameters, nothing else. */
export const status = async (
  world: World,
  place: Place,
  names: readonly string[],
  options: Options,
): Promise<ExitCode> => {
  const every = parseDuration('--every', options.every);
  const reach = aws(place);
  if (options.watch === true)
    return watch(world, place, { reach, names, every, json: options.json === true });
  const looks = await look(reach, names, world.now());
  world.stdout.write(
    `${options.json === true ? JSON.stringify(statusJson(looks, world.now()), null, 2) : drawn(looks, world, place)}\n`,
  );
  return exitCodeFor(looks.map(({ assessment }) => assessment));
};

const look = async (reach: Aws, names: readonly string[], now: number): Promise<readonly Look[]> => {
  const found = choose(await reach.connections(), names);
  return lookAt(found, await reach.statuses(found), now);
};

/** `redrawn`: where lines are taken back they have to be broken here; elsewhere the terminal does it, and copies them whole. */
const drawn = (looks: readonly Look[], world: World, place: Place, redrawn = false): string => {
  const { stdout } = world;
  const columns = stdout.isTTY === true ? (stdout.columns ?? null) : null;
  const fitting = (line: string) => (redrawn && columns !== null ? wrapped(line, columns) : line);
  const lines = [
    statusTable(looks, world.now(), painter(world), columns),
    '',
    ...summary(looks, command(world, place)).map(fitting),
  ];
  return lines.join('\n');
};

interface Watching {
  readonly reach: Aws;
  readonly names: readonly string[];
  /** Milliseconds between two looks. */
  readonly every: number;
  readonly json: boolean;
}

/**
 * Looks again and again until Ctrl-C, whatever AWS says in between; the exit code is the last look's. A terminal is
 * redrawn in place; anything else gets one table, or one line of JSON, a look.
 */
const watch = async (
  world: World,
  place: Place,
  { reach, names, every, json }: Watching,
): Promise<ExitCode> => {
  const interrupted = world.interrupted();
  const { stdout } = world;
  const redraw = stdout.isTTY === true && !json ? createLogUpdate(stdout as NodeJS.WriteStream) : null;
  const show = (text: string) => (redraw === null ? stdout.write(`${text}\n`) : redraw(text));
  let code: ExitCode = EXIT.failed;
  let last = '';
  while (!interrupted.aborted) {
    try {
      const looks = await look(reach, names, world.now());
      code = exitCodeFor(looks.map(({ assessment }) => assessment));
      last = json
        ? JSON.stringify(statusJson(looks, world.now()))
        : drawn(looks, world, place, redraw !== null);
      const note = `${clock(world.now())}, every ${duration(every)}, Ctrl-C ends`;
      show(json ? last : `${last}\n${painter(world)('dim', note)}`);
    } catch (error) {
      // A watch outlives an outage of what it watches; a first look that fails is a mistake to be told.
      if (last === '') throw error;
      const sentence = sentenceFor(error, place);
      if (redraw === null) world.stderr.write(`error: ${sentence}\n`);
      else
        redraw(
          `${last}\n${painter(world)('red', wrapped(sentence, stdout.columns ?? Number.POSITIVE_INFINITY))}`,
        );
    }
    await world.wait(every, interrupted).catch(() => undefined);
  }
  redraw?.done();
  return code;
};
