import { PassThrough, Readable } from 'node:stream';
import { run } from '../../infra/ops/run.ts';
import type { World } from '../../infra/ops/world.ts';

/** What one command line said and how it ended. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

interface Circumstances {
  /** What is piped in. @default nothing */
  readonly stdin?: string;
  readonly env?: World['env'];
  readonly now?: () => number;
  /** Waiting takes no time, but the clock goes on. */
  readonly onWait?: () => unknown;
  readonly interrupted?: World['interrupted'];
}

const collect = (stream: PassThrough): (() => string) => {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
};

/** Runs a command line in this process, away from any terminal. */
export const ops = async (args: readonly string[], circumstances: Circumstances = {}): Promise<Ran> => {
  const { stdin = '', env = {}, now = Date.now } = circumstances;
  let waited = 0;
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const [out, err] = [collect(stdout), collect(stderr)];
  const code = await run(args, {
    stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
    stdout,
    stderr,
    env,
    now: () => now() + waited,
    wait: async (ms) => {
      waited += ms;
      await circumstances.onWait?.();
    },
    interrupted: circumstances.interrupted ?? (() => new AbortController().signal),
  });
  return { code, out: out(), err: err() };
};
