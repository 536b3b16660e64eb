import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { InvocationResult } from './aws/lambda-invoke.ts';
import type { InvocationMessage, RuntimeMessage } from './lambda-runtime.ts';

/** A function as it is deployed. */
export interface DeployedFunction {
  readonly name: string;
  /** Directory of the code asset. */
  readonly directory: string;
  /** `file.export` */
  readonly handler: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
}

/** The world a function's process is put into. */
export interface Surroundings {
  readonly region: string;
  /** The AWS endpoint every SDK client in it talks to. */
  readonly awsEndpointUrl: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where connections to anything but loopback end. Null: they are refused. */
  readonly providers: { readonly port: number; readonly certificate: string } | null;
  /** Called with every line the function writes to standard output or standard error. */
  readonly onLog?: (line: string) => void;
}

/** One execution environment: warm between invocations, gone after a timeout or a crash. */
export interface LambdaProcess {
  /** @throws Error where an invocation is still running */
  readonly invoke: (payload: string) => Promise<InvocationResult>;
  readonly alive: () => boolean;
  /** Kills it. Settles when it is gone. */
  readonly close: () => Promise<void>;
}

const RUNTIME = fileURLToPath(new URL('./lambda-runtime.ts', import.meta.url));
const INIT_TIMEOUT_MS = 60_000;
/** A port that nothing listens on. */
const NOWHERE = 1;

export const startLambdaProcess = (deployed: DeployedFunction, around: Surroundings): LambdaProcess => {
  const child = fork(RUNTIME, [], {
    cwd: deployed.directory,
    env: environmentOf(deployed, around),
    execPath: process.execPath,
    execArgv: ['--import', preloadUrl(around)],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const output of [child.stdout, child.stderr]) {
    if (output !== null) createInterface({ input: output }).on('line', (line) => around.onLog?.(line));
  }
  const exited = new Promise<string>((resolve) => {
    child.on('exit', (code, signal) => resolve(signal === null ? `exit status ${code}` : 'signal: killed'));
    child.on('error', (error) => resolve(error.message));
  });
  const ready = messageFrom(child, ({ kind }) => kind === 'ready' || kind === 'broken');
  let alive = true;
  let busy = false;
  exited.then(() => {
    alive = false;
  });

  const ended = async (requestId: string): Promise<InvocationResult> =>
    unhandled(
      'Runtime.ExitError',
      `RequestId: ${requestId} Error: Runtime exited with error: ${await exited}`,
    );

  const killed = async (result: InvocationResult): Promise<InvocationResult> => {
    child.kill('SIGKILL');
    await exited;
    return result;
  };

  const run = async (payload: string, requestId: string): Promise<InvocationResult> => {
    const started = await within<RuntimeMessage | string>(INIT_TIMEOUT_MS, ready, exited);
    if (started === 'late') return killed(unhandled('Sandbox.Timedout', 'the function did not load in time'));
    if (typeof started === 'string') return ended(requestId);
    if (started.kind === 'broken') return killed({ payload: started.payload, functionError: 'Unhandled' });

    const timeoutMs = deployed.timeoutSeconds * 1000;
    const answered = messageFrom(
      child,
      (message) => 'requestId' in message && message.requestId === requestId,
    );
    child.send({ requestId, payload, timeoutMs } satisfies InvocationMessage);
    const answer = await within<RuntimeMessage | string>(timeoutMs, answered, exited);
    if (answer === 'late') {
      const seconds = deployed.timeoutSeconds.toFixed(2);
      return killed(
        unhandled(
          'Sandbox.Timedout',
          `RequestId: ${requestId} Error: Task timed out after ${seconds} seconds`,
        ),
      );
    }
    if (typeof answer === 'string' || answer.kind === 'ready') return ended(requestId);
    return { payload: answer.payload, functionError: answer.kind === 'returned' ? null : 'Unhandled' };
  };

  return {
    invoke: async (payload) => {
      if (busy) throw new Error(`${deployed.name} is still running`);
      busy = true;
      try {
        return await run(payload, randomUUID());
      } finally {
        busy = false;
      }
    },
    alive: () => alive,
    close: async () => {
      if (alive) child.kill('SIGKILL');
      await exited;
    },
  };
};

/** What Lambda puts beside a function's own environment, and nothing of this machine. */
const environmentOf = (
  { name, directory, handler, environment, memoryMegabytes }: DeployedFunction,
  { region, awsEndpointUrl, credentials }: Surroundings,
): Record<string, string> => ({
  ...environment,
  _HANDLER: handler,
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: name,
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
  AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
  AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
  AWS_LAMBDA_LOG_STREAM_NAME: 'sandbox',
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_ENDPOINT_URL: awsEndpointUrl,
  LAMBDA_TASK_ROOT: directory,
  LANG: 'en_US.UTF-8',
  PATH: '/usr/local/bin:/usr/bin:/bin',
  TZ: ':UTC',
});

/** What `node --import` takes so that a process reaches the simulated providers under their own names, and nothing else. */
export const preloadUrl = ({
  providers,
  awsEndpointUrl,
}: Pick<Surroundings, 'providers' | 'awsEndpointUrl'>): string => {
  const url = new URL('./preload.ts', import.meta.url);
  url.searchParams.set('port', String(providers?.port ?? NOWHERE));
  url.searchParams.set('allow', new URL(awsEndpointUrl).hostname);
  if (providers !== null) {
    url.searchParams.set('ca', Buffer.from(providers.certificate).toString('base64url'));
  }
  return url.href;
};

const messageFrom = (child: ChildProcess, wanted: (message: RuntimeMessage) => boolean) =>
  new Promise<RuntimeMessage>((resolve) => {
    const listen = (message: RuntimeMessage) => {
      if (!wanted(message)) return;
      child.off('message', listen);
      resolve(message);
    };
    child.on('message', listen);
  });

/** The first of several promises, or `late`. */
const within = async <T>(ms: number, ...promises: Promise<T>[]): Promise<T | 'late'> => {
  const timer = new AbortController();
  try {
    return await Promise.race([...promises, delay(ms, 'late' as const, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
};

const unhandled = (errorType: string, errorMessage: string): InvocationResult => ({
  payload: JSON.stringify({ errorType, errorMessage }),
  functionError: 'Unhandled',
});
