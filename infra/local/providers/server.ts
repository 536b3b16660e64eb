import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import type { Misbehaviour } from './misbehaviour.ts';
import type { Providers } from './providers.ts';
import type { Answer } from './simulated-provider.ts';
import type { ArrivedRequest } from './token-request.ts';

export interface ProvidersServer {
  readonly port: number;
  /** PEM. */
  readonly certificate: string;
  readonly close: () => Promise<void>;
}

const BODY_BYTES = 64 * 1024;

/**
 * Serves simulated providers under their real host names: one loopback port, told apart by name. The certificate is
 * made now, for these names, and its key never leaves this process.
 */
export const serveProviders = async (
  providers: Providers,
  clock: () => number = Date.now,
): Promise<ProvidersServer> => {
  const { private: key, cert } = await certificateFor(providers.hosts);
  const server = createServer({ key, cert }, (request, response) => {
    serve(request, response, providers, clock).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate: cert,
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const certificateFor = (hosts: readonly string[]) =>
  generate([{ name: 'commonName', value: 'simulated providers' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [...hosts, 'redirected.example.com'].map((host) => ({
          type: 2,
          value: new URL(`https://${host}`).hostname,
        })),
      },
    ],
  });

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  providers: Providers,
  clock: () => number,
): Promise<void> => {
  const arrived = await read(request);
  const wait = providers.latency(arrived, clock());
  if (wait > 0) await delay(wait);
  const { servername } = request.socket as TLSSocket & { servername?: string | false };
  const misdirected = servername !== new URL(`https://${arrived.host}`).hostname;
  const answer = misdirected ? { status: 421, body: '' } : providers.answer(arrived, clock());
  send(answer, response);
};

const read = async (request: IncomingMessage): Promise<ArrivedRequest> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES) throw new Error('the request is too large');
    chunks.push(chunk as Buffer);
  }
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  return {
    method: request.method ?? '',
    host: request.headers.host ?? '',
    path,
    query,
    headers: request.headers,
    body: Buffer.concat(chunks),
  };
};

const send = (answer: Answer | Misbehaviour, response: ServerResponse): void => {
  if (answer === 'reset') {
    response.socket?.destroy();
    return;
  }
  if (answer === 'drip') {
    response.writeHead(200, { 'content-type': 'application/json' });
    const timer = setInterval(() => response.write(' '), 250);
    response.on('close', () => clearInterval(timer));
    return;
  }
  response.writeHead(answer.status, answer.headers).end(answer.body);
};
