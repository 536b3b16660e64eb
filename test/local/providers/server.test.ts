import { request as requestHttp } from 'node:http';
import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type Fault, parseFault } from '../../../infra/local/faults.ts';
import type { Providers } from '../../../infra/local/providers/providers.ts';
import { type ProvidersServer, serveProviders } from '../../../infra/local/providers/server.ts';
import { connections, everyProvider, requestOf } from './connections.ts';

const [uqudo] = connections;
const open: ProvidersServer[] = [];
const serve = async (faults: readonly string[] = [], clock = () => 0) => {
  const parsed: Fault[] = faults.map(parseFault);
  const providers: Providers = everyProvider({ faults: parsed, startedAt: clock() });
  const server = await serveProviders(providers, clock);
  open.push(server);
  return { providers, server };
};
afterEach(() => Promise.all(open.splice(0).map((server) => server.close())));

interface Received {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** Sends uqudo's documented request to the simulated providers' port. */
const ask = (
  { port, certificate }: Pick<ProvidersServer, 'port' | 'certificate'>,
  {
    servername = 'auth.uqudo.io',
    host = 'auth.uqudo.io',
    trust = true,
    signal,
    onChunk,
  }: {
    servername?: string;
    host?: string;
    trust?: boolean;
    signal?: AbortSignal;
    onChunk?: () => void;
  } = {},
): Promise<Received> => {
  const { method, path, headers, body } = requestOf(uqudo);
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        servername,
        path,
        method,
        headers: { ...headers, host },
        ...(trust ? { ca: certificate } : {}),
        ...(signal === undefined ? {} : { signal }),
      },
      async (incoming) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of incoming) {
            chunks.push(chunk);
            onChunk?.();
          }
          resolve({
            status: incoming.statusCode ?? 0,
            headers: incoming.headers,
            body: Buffer.concat(chunks),
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
};

describe('the simulated providers', () => {
  it('answer under their real names, by a certificate that is valid for them', async () => {
    const { server, providers } = await serve();
    const { status, body } = await ask(server);
    expect(status).toBe(200);
    expect(JSON.parse(body.toString()).access_token).toBe(providers.issued()[0]?.access_token);
  });

  it('are not trusted by anybody else', async () => {
    const { server } = await serve();
    await expect(ask(server, { trust: false })).rejects.toMatchObject({
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
  });

  it('refuse a host that is not the one of the TLS handshake', async () => {
    const { server, providers } = await serve();
    expect(await ask(server, { host: 'acme.igni.co' })).toMatchObject({ status: 421 });
    expect(await ask(server, { servername: 'acme.igni.co' })).toMatchObject({ status: 421 });
    expect(providers.issued()).toEqual([]);
  });

  it('speak TLS only', async () => {
    const { server } = await serve();
    const plain = new Promise((resolve, reject) => {
      requestHttp({ host: '127.0.0.1', port: server.port, method: 'POST' }, resolve)
        .on('error', reject)
        .end();
    });
    await expect(plain).rejects.toBeInstanceOf(Error);
  });
});

describe('faults', () => {
  it('end when they should', async () => {
    let now = 0;
    const { server } = await serve(['uqudo=outage:90s@10s'], () => now);
    expect((await ask(server)).status).toBe(200);
    now = 10_000;
    expect((await ask(server)).status).toBe(503);
    now = 100_000;
    expect((await ask(server)).status).toBe(200);
  });

  it('hit their connection only', async () => {
    const { server } = await serve(['igni-acme=outage']);
    expect((await ask(server)).status).toBe(200);
  });

  it.each([
    ['html', 200, 'text/html; charset=utf-8'],
    ['garbage', 200, 'application/json'],
    ['rejected', 401, undefined],
  ])('%s answers %i', async (kind, status, type) => {
    const { server, providers } = await serve([`uqudo=${kind}`]);
    const answer = await ask(server);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toBe(type);
    expect(providers.issued()).toEqual([]);
  });

  it('429 sends Retry-After', async () => {
    const { server } = await serve(['uqudo=429:120']);
    expect(await ask(server)).toMatchObject({ status: 429, headers: { 'retry-after': '120' } });
  });

  it('redirect leads to a host that records who follows', async () => {
    const { server, providers } = await serve(['uqudo=redirect']);
    const { status, headers } = await ask(server);
    expect(status).toBe(307);
    const { hostname } = new URL(String(headers['location']));
    expect(providers.requests).toHaveLength(1);
    expect(await ask(server, { servername: hostname, host: hostname })).toMatchObject({ status: 421 });
    expect(providers.requests).toMatchObject([{}, { host: hostname }]);
  });

  it('bomb is small until it is opened', async () => {
    const { server } = await serve(['uqudo=bomb']);
    const { headers, body } = await ask(server);
    expect(headers['content-encoding']).toBe('gzip');
    expect(body.length).toBeLessThan(64 * 1024);
    expect(gunzipSync(body).length).toBeGreaterThan(10 * 1024 * 1024);
  });

  it('reset breaks the connection', async () => {
    const { server } = await serve(['uqudo=reset']);
    await expect(ask(server)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('drip never ends', async () => {
    const { server } = await serve(['uqudo=drip']);
    const stop = new AbortController();
    let chunks = 0;
    const onChunk = () => {
      chunks += 1;
      if (chunks === 2) stop.abort();
    };
    await expect(ask(server, { signal: stop.signal, onChunk })).rejects.toMatchObject({ code: 'ABORT_ERR' });
  });

  it('same-token answers the same token with what is left of it', async () => {
    let now = 0;
    const { server, providers } = await serve(['uqudo=same-token'], () => now);
    const first = JSON.parse((await ask(server)).body.toString());
    now = 600_000;
    const second = JSON.parse((await ask(server)).body.toString());
    expect(second).toMatchObject({ access_token: first.access_token, expires_in: 1200 });
    now = 1_800_000;
    const third = JSON.parse((await ask(server)).body.toString());
    expect(third.access_token).not.toBe(first.access_token);
    expect(providers.issued()).toHaveLength(2);
  });

  it('revoke takes back the token before', async () => {
    const { server, providers } = await serve(['uqudo=revoke']);
    await ask(server);
    await ask(server);
    expect(providers.issued().map(({ revoked }) => revoked)).toEqual([true, false]);
  });

  it('latency holds the answer back', async () => {
    const { server, providers } = await serve(['uqudo=latency:500ms@1m']);
    expect(providers.latency(requestOf(uqudo), 59_999)).toBe(0);
    expect(providers.latency(requestOf(uqudo), 60_000)).toBe(500);
    expect((await ask(server)).status).toBe(200);
  });
});
