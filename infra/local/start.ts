import * as yoctocolors from 'yoctocolors';
import { serveBoard } from './board.ts';
import { createCrashes, drawTable, introduction, printChanges, reading } from './live.ts';
import { startLogins } from './logins.ts';
import { complaints, forgetState, onePass, readState, stateFile, writeState } from './once.ts';
import { type Options, readOptions } from './options.ts';
import { whenParentIsGone } from './parent.ts';
import { startProgress } from './progress.ts';
import { type Sandbox, type SandboxProps, startSandbox } from './sandbox.ts';
import { type Colors, canRedraw, exports, noColors, renderTable } from './screen.ts';
import { type Synthesized, synthesize } from './synthesize.ts';

const print = (text: string) => process.stdout.write(`${text}\n`);

// False where it is no terminal, and with NO_COLOR.
const colors: Colors = process.stdout.hasColors?.() ? yoctocolors : noColors;

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
// Started by hand it may outlive its shell; started by npm it may not outlive npm.
if (process.env['npm_lifecycle_event'] !== undefined) whenParentIsGone(() => stop.abort());
for (const output of [process.stdout, process.stderr]) {
  output.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read has gone.
    if (error.code !== 'EPIPE') throw error;
    stop.abort();
  });
}

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
    const { length } = sandbox.connections;
    progress.done(
      `${length} connection${length === 1 ? '' : 's'} at ${sandbox.environment['AWS_ENDPOINT_URL']}`,
    );
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
    const logins = await startLogins(sandbox);
    const links = { board: board?.url ?? null, logins: logins.links };
    print(introduction({ speed: options.speed, ...links, colors }));
    sandbox.startSchedules();
    if (canRedraw(process.stdout)) {
      await drawTable(sandbox, crashes, { colors, screen: process.stdout, signal: stop.signal });
    } else {
      print(reading(sandbox, { colors }));
      await printChanges(sandbox, crashes, { print, signal: stop.signal });
    }
    await board?.close();
    await logins.close();
    return 0;
  });
};

const serve = (options: Options): Promise<number> => {
  const crashes = createCrashes();
  return withSandbox(options, { onTick: crashes.note }, async (sandbox) => {
    const logins = await startLogins(sandbox);
    const tell = (line: string) => process.stderr.write(`${line}\n`);
    print(`export ${exports(sandbox.environment)}`);
    for (const [connection, link] of logins.links) tell(`log in at ${connection}: ${link}`);
    sandbox.startSchedules();
    await printChanges(sandbox, crashes, { print: tell, signal: stop.signal });
    await logins.close();
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
    const wrong = complaints(sandbox, answers);
    for (const line of wrong) process.stderr.write(`${line}\n`);
    if (wrong.length > 0 && state !== undefined) {
      process.stderr.write('This went on from an earlier pass: --reset forgets it.\n');
    }
    return wrong.length === 0 ? 0 : 1;
  });
};

const options = readOptions(process.argv.slice(2));
try {
  if (Number(process.versions.node.split('.')[0]) < 24) {
    throw new Error(
      `the sandbox needs Node 24 and this is ${process.version}: install it, or on Linux use npm start, which brings it along`,
    );
  }
  process.exitCode = await { live, once, serve }[options.mode](options);
} catch (error) {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
