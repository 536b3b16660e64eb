/**
 * The main module of a function's process: loads the handler and runs one invocation at a time, as Lambda's runtime
 * does. It talks to `lambda-process.ts` over the process's message channel.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** To the process: run the handler. */
export interface InvocationMessage {
  readonly requestId: string;
  readonly payload: string;
  readonly timeoutMs: number;
}

/** From the process: the handler is loaded (`ready`), has returned or has thrown. Payloads are JSON. */
export type RuntimeMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'returned' | 'thrown'; readonly requestId: string; readonly payload: string }
  | { readonly kind: 'broken'; readonly payload: string };

type Handler = (event: unknown, context: unknown) => unknown;

const root = process.env['LAMBDA_TASK_ROOT'] ?? process.cwd();
const [moduleName = '', exportName = ''] = (process.env['_HANDLER'] ?? '').split('.');
const name = process.env['AWS_LAMBDA_FUNCTION_NAME'] ?? '';

const failure = (errorType: string, errorMessage: string) =>
  Object.assign(new Error(errorMessage), { name: errorType });

const loaded = async (): Promise<Handler> => {
  const file = ['.js', '.cjs', '.mjs'].map((end) => join(root, moduleName + end)).find(existsSync);
  if (file === undefined) {
    throw failure('Runtime.ImportModuleError', `Error: Cannot find module '${moduleName}'`);
  }
  const found = file.endsWith('.mjs') ? await import(pathToFileURL(file).href) : createRequire(file)(file);
  const handler = (found as Record<string, unknown>)[exportName];
  if (typeof handler !== 'function') {
    throw failure('Runtime.HandlerNotFound', `${moduleName}.${exportName} is undefined or not exported`);
  }
  return handler as Handler;
};

const thrown = (error: unknown): string =>
  JSON.stringify(
    error instanceof Error
      ? { errorType: error.name, errorMessage: error.message, trace: error.stack?.split('\n') ?? [] }
      : { errorType: typeof error, errorMessage: String(error), trace: [] },
  );

const send = (message: RuntimeMessage) => process.send?.(message);

const run = async (handler: Handler, { requestId, payload, timeoutMs }: InvocationMessage) => {
  const deadline = Date.now() + timeoutMs;
  const region = process.env['AWS_REGION'];
  const context = {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:${region}:000000000000:function:${name}`,
    memoryLimitInMB: process.env['AWS_LAMBDA_FUNCTION_MEMORY_SIZE'],
    awsRequestId: requestId,
    logGroupName: process.env['AWS_LAMBDA_LOG_GROUP_NAME'],
    logStreamName: process.env['AWS_LAMBDA_LOG_STREAM_NAME'],
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
  try {
    const answer = await handler(JSON.parse(payload), context);
    send({ kind: 'returned', requestId, payload: JSON.stringify(answer) ?? 'null' });
  } catch (error) {
    send({ kind: 'thrown', requestId, payload: thrown(error) });
  }
};

// The sandbox decides when a function ends, also on Ctrl-C, which a terminal sends to every process.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
loaded().then(
  (handler) => {
    process.on('message', (message) => run(handler, message as InvocationMessage));
    send({ kind: 'ready' });
  },
  (error: unknown) => send({ kind: 'broken', payload: thrown(error) }),
);
