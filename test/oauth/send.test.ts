import { Buffer } from 'node:buffer';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import type { RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { brotliCompressSync, createGzip, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { MAX_BODY_BYTES, type SendOptions, send } from '../../functions/oauth/send.ts';
import { tokenFrom } from '../../functions/oauth/token-response.ts';
import { credentialCanaries, everythingOf, findLeaks } from '../leaks/find-leaks.ts';
import { certificate, http, https, tcp } from '../loopback.ts';

const ID = 'the-client';
const SECRET = 'k4naRi-/+&"=%§-of-the-test';
const canaries = credentialCanaries(ID, SECRET);
const body = Buffer.from(new URLSearchParams({ client_id: ID, client_secret: SECRET }).toString());
const requestTo = (url: URL) => ({
  url,
  headers: {
    accept: 'application/json',
    authorization: `Basic ${Buffer.from(`${ID}:${SECRET}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(body.byteLength),
  },
  body,
});

/** Long enough for anything on loopback; a test that waits for it would fail by its own timeout. */
const AMPLE = 25_000;
/** For servers that never finish. */
const SHORT = 400;

const answer = (url: URL, options: Partial<SendOptions> = {}) =>
  send(requestTo(url), { timeoutMs: AMPLE, ...options });

const failure = async (url: URL, options: Partial<SendOptions> = {}): Promise<RefreshError> => {
  const error = await answer(url, options).then(
    () => null,
    (caught) => caught,
  );
  expect(error).toBeInstanceOf(RefreshError);
  expect(findLeaks(everythingOf(error), canaries)).toEqual([]);
  expect(error).not.toHaveProperty('cause');
  return error as RefreshError;
};

const TOKEN = { access_token: 'a-token', token_type: 'bearer', expires_in: 3600 };
const expected = { lifetimeSeconds: 1800, secrets: [] };
const json: RequestListener = (_, response) => response.end(JSON.stringify(TOKEN));

describe('what is sent', () => {
  it('is a POST with these headers and this body, byte for byte, and no more than HTTP needs', async () => {
    const seen: unknown[] = [];
    const url = await http((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        seen.push(request.method, request.url, Buffer.concat(chunks).toString(), request.headers);
        response.end('{}');
      });
    });
    await answer(url);
    expect(seen).toEqual([
      'POST',
      '/token',
      body.toString(),
      { ...requestTo(url).headers, host: url.host, connection: 'close' },
    ]);
  });

  it('is dated before the connection is made: a lifetime counts from there', async () => {
    let now = 1000;
    const url = await http((request, response) => {
      now = 9000;
      json(request, response);
    });
    expect((await answer(url, { now: () => now })).sentAt).toBe(1000);
  });
});

describe('what comes back', () => {
  it.each([200, 201, 204, 400, 401, 404, 429, 500, 503])(
    'HTTP %i is an answer to be judged',
    async (status) => {
      const url = await http((_, response) => {
        response.writeHead(status, { 'retry-after': '120', 'set-cookie': 'session=1' });
        response.end(status === 204 ? undefined : '{"a":1}');
      });
      expect(await answer(url)).toEqual({
        status,
        retryAfter: '120',
        body: Buffer.from(status === 204 ? '' : '{"a":1}'),
        sentAt: expect.any(Number),
      });
    },
  );

  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['GZIP', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('%s is decompressed', async (encoding, compress) => {
    const url = await http((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(compress(JSON.stringify(TOKEN)));
    });
    expect(tokenFrom(await answer(url), expected).access_token).toBe('a-token');
  });

  it.each(
    ['gzip', 'x-gzip', 'deflate', 'br'].flatMap((encoding) =>
      [
        'HTTP/1.1 204 No Content\r\n',
        'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n',
        'HTTP/1.1 200 OK\r\nconnection: close\r\n',
      ].map((head) => [encoding, head] as const),
    ),
  )('no bytes at all are an empty body, not a broken %s: %j', async (encoding, head) => {
    const url = await tcp((socket) => {
      socket.once('data', () => socket.end(`${head}content-encoding: ${encoding}\r\n\r\n`));
    });
    const empty = await answer(url);
    expect(empty.body).toEqual(Buffer.alloc(0));
    expect(() => tokenFrom(empty, expected)).toThrow(
      expect.objectContaining({ code: 'not_a_token_response' }),
    );
  });

  it.each(['identity', 'constructor', 'zip', ''])(
    'an encoding "%s" it does not know is left as it is',
    async (encoding) => {
      const url = await http((_, response) => {
        response.writeHead(200, { 'content-encoding': encoding });
        response.end(JSON.stringify(TOKEN));
      });
      expect(tokenFrom(await answer(url), expected).access_token).toBe('a-token');
    },
  );

  it('a byte order mark, no content type, chunks and early hints do not matter', async () => {
    const url = await http((_, response) => {
      response.writeEarlyHints({ link: '</style.css>; rel=preload' });
      response.write(Buffer.from([0xef, 0xbb, 0xbf]));
      response.write(JSON.stringify(TOKEN).slice(0, 7));
      response.end(JSON.stringify(TOKEN).slice(7));
    });
    expect(tokenFrom(await answer(url), expected).access_token).toBe('a-token');
  });
});

describe('a redirect', () => {
  it.each([300, 301, 302, 303, 304, 307, 308])(
    '%i is never followed: its target is never contacted',
    async (status) => {
      let contacted = 0;
      const target = await tcp(() => {
        contacted += 1;
      });
      const url = await http((_, response) => {
        response.writeHead(status, { location: String(target) });
        response.end();
      });
      const response = await answer(url);
      expect(response.status).toBe(status);
      expect(() => tokenFrom(response, expected)).toThrow(expect.objectContaining({ code: 'redirected' }));
      expect(contacted).toBe(0);
    },
  );
});

/** Resolves when the client has given the connection up. */
const closed = (socket: Socket | null) =>
  new Promise<void>((resolve) => {
    if (socket === null || socket.destroyed) resolve();
    else socket.once('close', () => resolve());
  });

describe('the cap on a body', () => {
  it(`takes ${MAX_BODY_BYTES} bytes`, async () => {
    const url = await http((_, response) => response.end(Buffer.alloc(MAX_BODY_BYTES, 32)));
    expect((await answer(url)).body.byteLength).toBe(MAX_BODY_BYTES);
  });

  it('takes no byte more', async () => {
    const url = await http((_, response) => response.end(Buffer.alloc(MAX_BODY_BYTES + 1, 32)));
    expect((await failure(url)).code).toBe('response_too_large');
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('counts after decompression: a %s bomb does not go off', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(20 * 1024 * 1024));
    expect(bomb.byteLength).toBeLessThan(MAX_BODY_BYTES);
    const url = await http((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': bomb.byteLength });
      response.end(bomb);
    });
    expect((await failure(url)).code).toBe('response_too_large');
  });

  it.each([
    ['too long', (response: ServerResponse) => response.end(Buffer.alloc(MAX_BODY_BYTES + 1, 32))],
    [
      'no gzip though it says so',
      (response: ServerResponse) => response.setHeader('content-encoding', 'gzip').end('not gzip'),
    ],
  ])('leaves a refusal what it is where its body is %s: judged by its status', async (_, respond) => {
    for (const status of [302, 401, 503]) {
      const url = await http((_, response) => {
        response.statusCode = status;
        respond(response.setHeader('retry-after', '7'));
      });
      expect(await answer(url)).toMatchObject({ status, retryAfter: '7', body: Buffer.alloc(0) });
    }
  });

  it('cancels the stream: a body without end stops being sent', async () => {
    let socket: Socket | null = null;
    const url = await http((request, response) => {
      socket = request.socket;
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(4096, 32)));
      };
      response.on('drain', more);
      more();
    });
    expect((await failure(url)).code).toBe('response_too_large');
    await closed(socket);
  });

  it('cancels a compressed stream without end as well', async () => {
    let socket: Socket | null = null;
    const url = await http((request, response) => {
      socket = request.socket;
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      const more = () => {
        while (!response.destroyed && gzip.write(Buffer.alloc(65_536)));
      };
      gzip.on('drain', more);
      more();
    });
    expect((await failure(url)).code).toBe('response_too_large');
    await closed(socket);
  });
});

/** Writes a byte now and then, for as long as anybody listens. */
const drip = (target: { write: (text: string) => unknown; destroyed: boolean }) => {
  const timer = setInterval(() => {
    if (target.destroyed) clearInterval(timer);
    else target.write('x');
  }, 10);
};

describe('the deadline', () => {
  it('covers a server that never answers', async () => {
    const url = await http(() => undefined);
    expect((await failure(url, { timeoutMs: SHORT })).code).toBe('timed_out');
  });

  it('covers headers that drip', async () => {
    const url = await tcp((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nx-slow: ');
      drip(socket);
    });
    expect((await failure(url, { timeoutMs: SHORT })).code).toBe('timed_out');
  });

  it('covers a body that drips', async () => {
    const url = await http((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      drip(response);
    });
    expect((await failure(url, { timeoutMs: SHORT })).code).toBe('timed_out');
  });

  it('covers a compressed body that drips', async () => {
    const url = await http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const gzip = createGzip();
      gzip.pipe(response);
      response.on('close', () => gzip.destroy());
      gzip.write('{');
      gzip.flush();
    });
    expect((await failure(url, { timeoutMs: SHORT })).code).toBe('timed_out');
  });

  it('covers a handshake that never ends, and says that nothing left', async () => {
    const url = await tcp(() => undefined, 'https');
    const error = await failure(url, { timeoutMs: SHORT });
    expect(error).toMatchObject({
      code: 'unreachable',
      message: 'no connection to the token endpoint in time',
    });
  });

  it('closes the connection it gives up', async () => {
    let socket: Socket | null = null;
    const url = await tcp((accepted) => {
      socket = accepted;
      accepted.resume();
    });
    await failure(url, { timeoutMs: SHORT });
    await closed(socket);
  });

  it.each([
    ['before the headers', (_: unknown, abort: () => void) => abort()],
    [
      'within the body',
      (response: { write: (text: string, sent: () => void) => void }, abort: () => void) =>
        response.write('{', () => setImmediate(abort)),
    ],
  ])("is joined by the caller's signal, %s", async (_, act) => {
    const caller = new AbortController();
    const url = await http((_, response) => act(response, () => caller.abort()));
    expect((await failure(url, { signal: caller.signal })).code).toBe('timed_out');
  });

  it('a signal that was aborted before lets nothing leave', async () => {
    let contacted = 0;
    const url = await tcp(() => {
      contacted += 1;
    });
    expect((await failure(url, { signal: AbortSignal.abort() })).code).toBe('unreachable');
    expect(contacted).toBe(0);
  });
});

describe('a connection that breaks', () => {
  it.each([
    ['by a reset after the request has left', (socket: Socket) => socket.resetAndDestroy()],
    ['by its end without an answer', (socket: Socket) => socket.end()],
    [
      'within the headers',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-le', () => socket.resetAndDestroy()),
    ],
    [
      'within a body of known length',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"access_token":"'),
    ],
    [
      'by a reset within the body',
      (socket: Socket) => sayAndReset(socket, 'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"acc'),
    ],
    ...['gzip', 'br'].map((encoding): [string, (socket: Socket) => void] => [
      `before the body, compressed by ${encoding}`,
      (socket) =>
        socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 99\r\ncontent-encoding: ${encoding}\r\n\r\n`),
    ]),
    [
      'by a chunk that is none',
      (socket: Socket) => socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'),
    ],
    [
      'within a chunked body',
      (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{"acc'),
    ],
    ...(
      [
        ['gzip', gzipSync],
        ['deflate', deflateSync],
        ['br', brotliCompressSync],
      ] as const
    ).map(([encoding, compress]): [string, (socket: Socket) => void] => [
      `within a body of unknown length, compressed by ${encoding}`,
      (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\nconnection: close\r\n\r\n`);
        socket.end(compress(JSON.stringify(TOKEN)).subarray(0, 24));
      },
    ]),
    ['by something that is no HTTP', (socket: Socket) => socket.end('220 mail.example.com ESMTP\r\n')],
    [
      'by headers without end',
      (socket: Socket) => socket.end(`HTTP/1.1 200 OK\r\n${'x: 1234567890\r\n'.repeat(4000)}\r\n`),
    ],
  ])('%s is lost: the provider may have issued a token', async (_, breakIt) => {
    const url = await tcp((socket) => {
      socket.once('data', () => breakIt(socket));
    });
    const error = await failure(url);
    expect(error).toMatchObject({ code: 'connection_lost', kind: 'transient' });
  });

  it.each<[string, (socket: Socket, whole: string) => void]>([
    ['by a reset', sayAndReset],
    ['by more than was announced', (socket, whole) => socket.write(`${whole}{"access_token":"another"}`)],
  ])('%s after a whole answer takes nothing from it', async (_, breakIt) => {
    const said = JSON.stringify(TOKEN);
    const url = await tcp((socket) => {
      socket.once('data', () =>
        breakIt(socket, `HTTP/1.1 200 OK\r\ncontent-length: ${said.length}\r\n\r\n${said}`),
      );
    });
    expect(tokenFrom(await answer(url), expected).access_token).toBe('a-token');
  });

  it.each(['gzip', 'deflate', 'br'])(
    'a body that is not %s as it says is no token response',
    async (encoding) => {
      const url = await http((_, response) => {
        response.writeHead(200, { 'content-encoding': encoding });
        response.end('{"access_token":"not compressed at all"}');
      });
      expect((await failure(url)).code).toBe('not_a_token_response');
    },
  );
});

/** Says this, and breaks the connection. */
const sayAndReset = (socket: Socket, text: string | Buffer) =>
  socket.write(text, () => setImmediate(() => socket.resetAndDestroy()));

describe('a refusal whose body never comes to its end', () => {
  const REFUSALS = [
    [307, 'redirected'],
    [400, 'request_rejected'],
    [401, 'credentials_rejected'],
    [429, 'rate_limited'],
    [503, 'provider_unavailable'],
  ] as const;
  const head = (status: number, more: string) =>
    `HTTP/1.1 ${status} No\r\nretry-after: 7\r\nlocation: /\r\n${more}\r\n\r\n`;

  it.each<[string, (socket: Socket, status: number) => void]>([
    [
      'is reset within it',
      (socket, status) => sayAndReset(socket, `${head(status, 'content-length: 100')}{`),
    ],
    ['is reset before it', (socket, status) => sayAndReset(socket, head(status, 'content-length: 100'))],
    [
      'is reset within a chunk',
      (socket, status) => sayAndReset(socket, `${head(status, 'transfer-encoding: chunked')}5\r\n{"e`),
    ],
    [
      'has a chunk that is none',
      (socket, status) => socket.write(`${head(status, 'transfer-encoding: chunked')}zz\r\n`),
    ],
    [
      'is reset within a compressed body',
      (socket, status) =>
        sayAndReset(
          socket,
          Buffer.concat([
            Buffer.from(head(status, 'content-encoding: gzip\r\ncontent-length: 100')),
            gzipSync('{"error":"no"}').subarray(0, 15),
          ]),
        ),
    ],
  ])('%s is judged by its status, and not repeated as if it were lost', async (_, breakIt) => {
    for (const [status, code] of REFUSALS) {
      const url = await tcp((socket) => {
        socket.once('data', () => breakIt(socket, status));
      });
      const response = await answer(url);
      expect(response).toMatchObject({ status, retryAfter: '7', body: Buffer.alloc(0) });
      expect(() => tokenFrom(response, expected)).toThrow(expect.objectContaining({ code, status }));
    }
  });

  it.each(REFUSALS)('%i is that refusal where its body drips past the deadline', async (status) => {
    let socket: Socket | null = null;
    const url = await http((request, response) => {
      socket = request.socket;
      response.writeHead(status, { 'retry-after': '7' });
      drip(response);
    });
    expect(await answer(url, { timeoutMs: SHORT })).toMatchObject({ status, retryAfter: '7' });
    await closed(socket);
  });

  it.each([
    ['identity', 401, { status: 401 }],
    ['gzip', 401, { status: 401 }],
    ['identity', 200, { code: 'timed_out' }],
    ['gzip', 200, { code: 'timed_out' }],
  ])('(%s, HTTP %i) ends with the caller, before any of it is read', async (encoding, status, outcome) => {
    const caller = new AbortController();
    const abort = () => process.nextTick(() => caller.abort());
    subscribe('http.client.response.finish', abort);
    onTestFinished(() => void unsubscribe('http.client.response.finish', abort));
    const url = await http((_, response) =>
      response.writeHead(status, { 'content-encoding': encoding }).write(gzipSync('{}').subarray(0, 9)),
    );
    const ended = await answer(url, { signal: caller.signal }).catch((error) => error);
    expect(ended).toMatchObject(outcome);
  });
});

describe('a switch to another protocol, which nobody asked for', () => {
  it.each([101, 200, 426])(
    'under %i is an answer like any other, and the connection ends',
    async (status) => {
      let socket: Socket | null = null;
      const url = await tcp((accepted) => {
        socket = accepted;
        accepted.once('data', () =>
          accepted.write(
            `HTTP/1.1 ${status} Switching\r\nconnection: upgrade\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n`,
          ),
        );
      });
      expect(await answer(url)).toMatchObject({ status, body: Buffer.alloc(0) });
      await closed(socket);
    },
  );
});

describe('a connection that is never made', () => {
  it('is unreachable where it is refused', async () => {
    const url = await tcp(() => undefined);
    url.port = String(await unusedPort());
    expect(await failure(url)).toMatchObject({
      code: 'unreachable',
      kind: 'transient',
      message: 'no connection to the token endpoint (ECONNREFUSED)',
    });
  });

  it('is unreachable where the name does not resolve', async () => {
    const lookup = vi
      .spyOn(dns, 'lookup')
      .mockImplementation(((_: string, __: object, done: (e: Error) => void) =>
        done(Object.assign(new Error(`getaddrinfo ENOTFOUND ${SECRET}`), { code: 'ENOTFOUND' }))) as never);
    const error = await failure(new URL('https://auth.example.com/token'));
    lookup.mockRestore();
    expect(error).toMatchObject({
      code: 'unreachable',
      message: 'no connection to the token endpoint (ENOTFOUND)',
    });
  });

  it('is unreachable where the handshake is reset', async () => {
    const url = await tcp((socket) => socket.once('data', () => socket.resetAndDestroy()), 'https');
    expect((await failure(url)).code).toBe('unreachable');
  });

  it('is unreachable where the server does not speak TLS', async () => {
    const url = await http(json);
    url.protocol = 'https:';
    expect((await failure(url)).code).toBe('unreachable');
  });
});

const unusedPort = async (): Promise<number> => {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
};

describe('TLS', () => {
  const before = tls.getCACertificates('default');
  let trusted: Awaited<ReturnType<typeof certificate>>;
  let elsewhere: Awaited<ReturnType<typeof certificate>>;

  beforeAll(async () => {
    trusted = await certificate();
    elsewhere = await certificate('auth.example.com');
    tls.setDefaultCACertificates([...before, trusted.cert, elsewhere.cert]);
  });
  afterAll(() => tls.setDefaultCACertificates(before));

  it('carries the request to a server whose certificate is trusted', async () => {
    const url = await https(trusted, json);
    expect(tokenFrom(await answer(url), expected).access_token).toBe('a-token');
  });

  it('a reset after the request has left is lost, and a certificate was no obstacle', async () => {
    const url = await https(trusted, (request) => request.socket.destroy());
    expect((await failure(url)).code).toBe('connection_lost');
  });

  it.each([
    ['one that nobody trusts', () => certificate(), 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['the one of another host', async () => elsewhere, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])('%s is refused, and the server sees no request', async (_, which, code) => {
    let requests = 0;
    const url = await https(await which(), (request, response) => {
      requests += 1;
      json(request, response);
    });
    expect(await failure(url)).toMatchObject({
      code: 'unreachable',
      kind: 'transient',
      message: `no connection to the token endpoint (${code})`,
    });
    expect(requests).toBe(0);
  });
});
