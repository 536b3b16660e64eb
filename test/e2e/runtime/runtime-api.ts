import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a runtime posted, by the last part of the path. */
export interface Posted {
  readonly kind: 'response' | 'error' | 'init-error';
  readonly body: unknown;
  /** Milliseconds from the moment the invocation was handed out; from the start for an init error. */
  readonly afterMs: number;
}

/** The Lambda Runtime API (2018-06-01) on a loopback port, for one runtime that takes one invocation at a time. */
export interface RuntimeApi {
  /** `host:port`, as in `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Settles with what the runtime posts for it. */
  readonly invoke: (event: unknown, timeoutMs: number) => Promise<Posted>;
  /** Settles when the runtime says that it could not load the function. */
  readonly initError: Promise<Posted>;
  readonly close: () => Promise<void>;
}

interface Invocation {
  readonly id: string;
  readonly event: unknown;
  readonly timeoutMs: number;
  readonly answered: (posted: Posted) => void;
  handedOutAt: number;
}

export const startRuntimeApi = async (functionName: string): Promise<RuntimeApi> => {
  const queue: Invocation[] = [];
  const running = new Map<string, Invocation>();
  const waiting: ServerResponse[] = [];
  const started = Date.now();
  const initError = Promise.withResolvers<Posted>();

  const handOut = () => {
    while (queue.length > 0 && waiting.length > 0) {
      const [invocation, response] = [queue.shift() as Invocation, waiting.shift() as ServerResponse];
      invocation.handedOutAt = Date.now();
      running.set(invocation.id, invocation);
      response
        .writeHead(200, {
          'content-type': 'application/json',
          'lambda-runtime-aws-request-id': invocation.id,
          'lambda-runtime-deadline-ms': String(invocation.handedOutAt + invocation.timeoutMs),
          'lambda-runtime-invoked-function-arn': `arn:aws:lambda:eu-central-1:123456789012:function:${functionName}`,
          'lambda-runtime-trace-id': 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0',
        })
        .end(JSON.stringify(invocation.event));
    }
  };

  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const path = (request.url ?? '').replace('/2018-06-01/runtime/', '');
    if (request.method === 'GET' && path === 'invocation/next') {
      // A runtime that was killed waits no more.
      response.once('close', () => waiting.splice(waiting.indexOf(response) >>> 0, 1));
      waiting.push(response);
      handOut();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body: unknown = JSON.parse(Buffer.concat(chunks).toString() || 'null');
    const [, id = '', kind] = path.split('/');
    if (path === 'init/error') initError.resolve({ kind: 'init-error', body, afterMs: Date.now() - started });
    const invocation = running.get(id);
    if (invocation !== undefined && (kind === 'response' || kind === 'error')) {
      running.delete(id);
      invocation.answered({ kind, body, afterMs: Date.now() - invocation.handedOutAt });
    }
    response.writeHead(202, { 'content-type': 'application/json' }).end('{"status":"OK"}');
  };

  const server = createServer((request, response) => {
    take(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    invoke: (event, timeoutMs) =>
      new Promise((answered) => {
        queue.push({ id: randomUUID(), event, timeoutMs, answered, handedOutAt: 0 });
        handOut();
      }),
    initError: initError.promise,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
