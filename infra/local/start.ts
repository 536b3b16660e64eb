import * as yoctocolors from 'yoctocolors';
import { serveBoard } from './board.ts';
import { createCrashes, drawTable, footerOf, printChanges } from './live.ts';
import { asItShouldBe, forgetState, onePass, readState, stateFile, writeState } from './once.ts';
import { type Options, readOptions } from './options.ts';
import { startProgress } from './progress.ts';
import { type Sandbox, type SandboxProps, startSandbox } from './sandbox.ts';
import { type Colors, exports, noColors, renderTable } from './screen.ts';
import { type Synthesized, synthesize } from './synthesize.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

// False where it is no terminal, and with NO_COLOR.
const colors: Colors = process.stdout.hasColors?.() ? yoctocolors : noColors;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());

/** Synthesizes and starts, showing how far it is; runs `use`; leaves nothing behind. */
const withSandbox = async <T>(
  { speed, only, faults, stage }: Options,
  more: Partial<SandboxProps>,
  use: (sandbox: Sandbox) => Promise<T>,
): Promise<T> => {
  const progress = startProgress();
  let synthesized: Synthesized | undefined;
  let sandbox: Sandbox | undefined;
  try {
    progress.step('Synthesizing the stack');
    synthesized = await synthesize(stage === undefined ? {} : { stage });
    progress.step('Starting the endpoint and the simulated providers');
    const awsEndpointUrl = process.env['AWS_ENDPOINT_URL'];
    sandbox = await startSandbox({
      assemblyDirectory: synthesized.directory,
      speed,
      only,
      faults,
      ...(awsEndpointUrl ? { awsEndpointUrl } : {}),
      ...more,
    });
    progress.done(`${sandbox.connections.length} connections at ${sandbox.environment['AWS_ENDPOINT_URL']}`);
    return await use(sandbox);
  } finally {
    progress.stop();
    await sandbox?.close();
    synthesized?.remove();
  }
};

const live = (options: Options): Promise<number> => {
  const crashes = createCrashes();
  return withSandbox(options, { onTick: crashes.note }, async (sandbox) => {
    const board = await serveBoard(sandbox);
    const footer = footerOf(sandbox, { speed: options.speed, board: board?.url ?? null, colors });
    sandbox.startSchedules();
    if (process.stdout.isTTY) {
      await drawTable(sandbox, crashes, { colors, footer, signal: stop.signal });
    } else {
      print(footer);
      await printChanges(sandbox, crashes, { print, signal: stop.signal });
    }
    await board?.close();
    return 0;
  });
};

const serve = (options: Options): Promise<number> => {
  const crashes = createCrashes();
  return withSandbox(options, { onTick: crashes.note }, async (sandbox) => {
    print(`export ${exports(sandbox.environment)}`);
    sandbox.startSchedules();
    await printChanges(sandbox, crashes, {
      print: (line) => process.stderr.write(`${line}\n`),
      signal: stop.signal,
    });
    return 0;
  });
};

const once = (options: Options): Promise<number> => {
  const file = stateFile(options.stage);
  if (options.reset) forgetState(file);
  const state = readState(file);
  return withSandbox(options, { keep: true, ...(state === undefined ? {} : { state }) }, async (sandbox) => {
    const answers = await onePass(sandbox);
    if (sandbox.aws !== null) writeState(file, sandbox.aws.state());
    if (options.json) {
      print(JSON.stringify(answers, null, 2));
    } else {
      const statuses = await sandbox.statuses();
      const rows = answers.map(({ connection, outcome, reason }) => ({
        connection,
        status: statuses.get(connection) ?? null,
        crash: outcome === 'failed' ? reason : null,
      }));
      print(renderTable(rows, Date.now(), colors));
    }
    const good = sandbox.connections.every((connection, n) => {
      const answer = answers[n];
      return answer !== undefined && asItShouldBe(connection, answer);
    });
    return good ? 0 : 1;
  });
};

const options = readOptions(process.argv.slice(2));
try {
  process.exitCode = await { live, once, serve }[options.mode](options);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
