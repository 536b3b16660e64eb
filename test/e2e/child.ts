import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** The repository. */
export const ROOT = join(import.meta.dirname, '..', '..');
/** What the parts install. Git ignores it. */
export const WORKSHOP = join(ROOT, '.e2e');

/** A directory of a run's own, gone after it. */
export const temporaryDirectory = (name: string): { path: string; remove: () => void } => {
  // Outside the repository, whose package.json would make a function's `.js` an ES module.
  const path = mkdtempSync(join(tmpdir(), `token-refresher-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
};

// Emulators start `node` by name: it has to be the one that runs this.
const PATH = [dirname(process.execPath), join(ROOT, 'node_modules', '.bin'), process.env['PATH']].join(
  delimiter,
);

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Whether this process's environment is handed on too; `PATH` always is. @default true */
  readonly inherit?: boolean;
  readonly input?: string;
  /** @default 10 minutes */
  readonly timeoutMs?: number;
}

/** Runs a command to its end. Answers what it wrote. @throws Error with the end of that, where it fails */
export const run = async (
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> => {
  const child = start(command, args, options);
  const timer = setTimeout(() => stop(child.process), options.timeoutMs ?? 600_000);
  // A command may end without reading what it is given.
  child.process.stdin.on('error', () => undefined).end(options.input ?? '');
  try {
    const [code] = (await Promise.race([
      once(child.process, 'close'),
      once(child.process, 'error').then(([error]) => Promise.reject(error)),
    ])) as [number | null];
    if (code !== 0) {
      throw new Error(
        `${command} ${args[0] ?? ''} ended with ${code ?? 'a signal'}:\n${child.output().slice(-4000)}`,
      );
    }
    return child.output();
  } finally {
    clearTimeout(timer);
  }
};

export interface RunningServer {
  /** What it has written so far. */
  readonly output: () => string;
  /** Settles when it has ended, by itself or stopped. */
  readonly ended: Promise<unknown>;
  readonly stop: () => Promise<void>;
}

/** Starts a server and waits until it is ready. @throws Error with its output where it ends before, or never is */
export const startServer = async (
  command: string,
  args: readonly string[],
  { ready, ...options }: CommandOptions & { readonly ready: () => Promise<boolean> },
): Promise<RunningServer> => {
  const child = start('sh', ['-c', WITH_LIFELINE, 'sh', command, ...args], options);
  const server = {
    output: child.output,
    ended: once(child.process, 'close'),
    stop: () => stop(child.process),
  };
  const deadline = Date.now() + (options.timeoutMs ?? 180_000);
  while (!(await ready().catch(() => false))) {
    if (!runs(child.process) || Date.now() > deadline) {
      await server.stop();
      throw new Error(`${command} did not get ready:\n${child.output().slice(-4000)}`);
    }
    await wait(250);
  }
  return server;
};

// Its standard input ends with this process, however that ends (Ctrl-C too), and with it the server and all it started.
const WITH_LIFELINE = '("$@" </dev/null; kill -KILL 0) & cat >/dev/null; kill -KILL 0';

/** A loopback port that was free a moment ago. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

const start = (
  command: string,
  args: readonly string[],
  { cwd = ROOT, env = {}, inherit = true }: CommandOptions,
) => {
  // A group of its own, so that what it starts ends with it.
  const child = spawn(command, args, {
    cwd,
    env: { ...(inherit ? process.env : {}), PATH, ...env },
    detached: true,
  });
  const running = () => kill(child, 'SIGKILL');
  process.once('exit', running);
  child.once('close', () => process.off('exit', running));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.on('error', (error) => {
    output += error.message;
  });
  return { process: child, output: () => output };
};

const kill = ({ pid }: ChildProcess, signal: NodeJS.Signals): void => {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
};

const runs = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;

const stop = async (child: ChildProcess): Promise<void> => {
  const closed = runs(child) ? once(child, 'close') : null;
  kill(child, 'SIGTERM');
  await Promise.race([closed, wait(5000, undefined, { ref: false })]);
  kill(child, 'SIGKILL');
  await closed;
};
