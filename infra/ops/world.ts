import type { Readable, Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';

type Terminal = { readonly isTTY?: boolean };

/** What the command line sees of the world beside AWS and the providers. */
export interface World {
  readonly stdin: Readable & Terminal;
  /** What was asked for, and nothing else. */
  readonly stdout: Writable & Terminal & { readonly columns?: number };
  /** Errors, progress and prompts. */
  readonly stderr: Writable & Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Aborted by Ctrl-C. Asking for it is what keeps Ctrl-C from ending the process at once. */
  readonly interrupted: () => AbortSignal;
}

/** This process. */
export const world = (): World => ({
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  now: Date.now,
  wait: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
  interrupted: () => {
    const controller = new AbortController();
    // Kept, not once: a signal nobody listens to any more would end the process before the exit code is set.
    process.on('SIGINT', () => controller.abort());
    return controller.signal;
  },
});

/** How the user started this command line, for messages that name a command. */
export const self = ({ env }: Pick<World, 'env'>): string =>
  env['npm_lifecycle_event'] === 'ops' ? 'npm run ops --' : 'token-refresher';
