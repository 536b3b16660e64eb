import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { generate } from 'selfsigned';
import { onTestFinished } from 'vitest';

const HOST = '127.0.0.1';

const listening = async (server: Server | ReturnType<typeof createTcpServer>): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

/** An HTTP server on loopback for one test. */
export const http = async (listener: RequestListener): Promise<URL> =>
  new URL(`http://${HOST}:${await listening(createServer(listener))}/token`);

/** What a TCP server does with a connection: for answers no HTTP server gives. */
export const tcp = async (onConnection: (socket: Socket) => void, protocol = 'http'): Promise<URL> =>
  new URL(`${protocol}://${HOST}:${await listening(createTcpServer(onConnection))}/token`);

/** A certificate for an address or name, good for a day. */
export const certificate = async (name = HOST) => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      {
        name: 'subjectAltName',
        altNames: [name === HOST ? { type: 7, ip: name } : { type: 2, value: name }],
      },
    ],
  });
  return { key, cert };
};

export const https = async (
  options: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<URL> => new URL(`https://${HOST}:${await listening(createTlsServer(options, listener))}/token`);
