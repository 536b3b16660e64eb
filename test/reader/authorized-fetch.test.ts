import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { authorizedFetch, createGetToken, type GetToken } from '../../functions/reader/index.ts';
import { listen } from './http-server.ts';
import { createTokenStore } from './token-store.ts';

const LATER = Date.now() + 86_400_000;

let store: ReturnType<typeof createTokenStore>;
let getToken: GetToken;
let api: Awaited<ReturnType<typeof listen>>;
/** What the API takes for a good token, and what it answers to any other. */
let accepted: string;
let refusal: number;

beforeEach(async () => {
  store = createTokenStore();
  store.write('uqudo', 'token-1', LATER);
  getToken = createGetToken({ client: store.client });
  accepted = 'token-1';
  refusal = 401;
  api = await listen(({ headers, body }, response) => {
    const good = headers.authorization === `Bearer ${accepted}`;
    response.writeHead(good ? 200 : refusal).end(good ? `ok ${body}` : 'refused');
  });
});
afterEach(async () => {
  vi.unstubAllGlobals();
  await api.close();
});

const sent = () => api.requests.map(({ headers }) => headers.authorization);

/** The reader has read token-1; the API knows only token-2, which is stored by now. */
const rotate = async () => {
  await getToken('uqudo');
  store.write('uqudo', 'token-2', LATER);
  accepted = 'token-2';
};

describe('a request', () => {
  test('carries the token beside its own method, headers and body', async () => {
    const uqudo = authorizedFetch('uqudo', { getToken });
    const response = await uqudo(`${api.origin}/scans?page=2`, {
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body: 'hello',
    });
    expect(await response.text()).toBe('ok hello');
    expect(api.requests).toMatchObject([
      {
        method: 'PUT',
        url: '/scans?page=2',
        headers: { authorization: 'Bearer token-1', 'content-type': 'text/plain' },
        body: 'hello',
      },
    ]);
  });

  test('may be a Request or a URL', async () => {
    const uqudo = authorizedFetch('uqudo', { getToken });
    const request = new Request(api.origin, { method: 'POST', headers: { 'x-trace': '7' }, body: 'hello' });
    expect(await (await uqudo(request)).text()).toBe('ok hello');
    expect((await uqudo(new URL(api.origin))).status).toBe(200);
    expect(api.requests[0]).toMatchObject({ method: 'POST', headers: { 'x-trace': '7' } });
  });

  test('replaces an authorization header of the caller', async () => {
    await authorizedFetch('uqudo', { getToken })(api.origin, { headers: { Authorization: 'Basic eDp5' } });
    expect(sent()).toEqual(['Bearer token-1']);
  });

  test('goes through globalThis.fetch, looked up at call time, or the one given', async () => {
    const uqudo = authorizedFetch('uqudo', { getToken });
    const stub = vi.fn(async () => new Response('from the stub'));
    vi.stubGlobal('fetch', stub);
    expect(await (await uqudo(api.origin)).text()).toBe('from the stub');
    const given = authorizedFetch('uqudo', { getToken, fetch: async () => new Response('given') });
    expect(await (await given(api.origin)).text()).toBe('given');
  });

  test('is not sent where there is no token', async () => {
    await expect(authorizedFetch('nobody', { getToken })(api.origin)).rejects.toMatchObject({
      code: 'token_missing',
    });
    expect(api.requests).toHaveLength(0);
  });
});

describe('a refused token', () => {
  const form = new FormData();
  form.set('name', 'hello');

  test.each<[string, RequestInit | undefined]>([
    ['no body', undefined],
    ['null for a body', { method: 'POST', body: null }],
    ['an answer without a body', { method: 'HEAD' }],
    ['a string', { method: 'POST', body: 'hello' }],
    ['bytes', { method: 'POST', body: new TextEncoder().encode('hello') }],
    ['a buffer', { method: 'POST', body: new TextEncoder().encode('hello').buffer }],
    ['a blob', { method: 'POST', body: new Blob(['hello']) }],
    ['URL parameters', { method: 'POST', body: new URLSearchParams({ a: 'hello' }) }],
    ['a form', { method: 'POST', body: form }],
  ])('is read again, and a request with %s is sent once more', async (_, init) => {
    await rotate();
    const response = await authorizedFetch('uqudo', { getToken })(api.origin, init);
    expect(response.status).toBe(200);
    expect(sent()).toEqual(['Bearer token-1', 'Bearer token-2']);
    if (init?.body) expect(api.requests[1]?.body).toContain('hello');
  });

  test('is read again, and a Request with a body is sent once more, whole', async () => {
    await rotate();
    const request = new Request(api.origin, { method: 'POST', body: 'x'.repeat(300_000) });
    const response = await authorizedFetch('uqudo', { getToken })(request);
    expect(response.status).toBe(200);
    expect(api.requests.map(({ body }) => body.length)).toEqual([300_000, 300_000]);
  });

  test('is read again, and the rest of the refusal is not waited for: its connection is let go', async () => {
    await rotate();
    const cancel = vi.fn();
    const answers = [new Response(new ReadableStream({ cancel }), { status: 401 }), new Response('ok')];
    const fetch = async () => answers.shift() as Response;
    expect((await authorizedFetch('uqudo', { getToken, fetch })(api.origin)).status).toBe(200);
    expect(cancel).toHaveBeenCalledOnce();
  });

  test('is read again, but a stream cannot be sent twice: the caller gets the 401, the next call the new token', async () => {
    await rotate();
    const uqudo = authorizedFetch('uqudo', { getToken });
    const stream = new Blob(['hello']).stream();
    const response = await uqudo(api.origin, { method: 'POST', body: stream, duplex: 'half' } as RequestInit);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('refused');
    expect((await uqudo(api.origin)).status).toBe(200);
    expect(sent()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('that is still the stored one is the caller’s 401, readable, and nothing is sent again', async () => {
    accepted = 'another';
    const response = await authorizedFetch('uqudo', { getToken })(api.origin);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('refused');
    expect(sent()).toEqual(['Bearer token-1']);
  });

  test('that was written again unchanged is not sent again', async () => {
    await getToken('uqudo');
    store.write('uqudo', 'token-1', LATER);
    accepted = 'another';
    expect((await authorizedFetch('uqudo', { getToken })(api.origin)).status).toBe(401);
    expect(sent()).toEqual(['Bearer token-1']);
  });

  test('whose successor is refused as well is not tried a third time', async () => {
    await rotate();
    accepted = 'token-3';
    expect((await authorizedFetch('uqudo', { getToken })(api.origin)).status).toBe(401);
    expect(sent()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  test('is the caller’s 401 where SSM fails', async () => {
    await rotate();
    store.fail(new Error('throttled'));
    expect((await authorizedFetch('uqudo', { getToken })(api.origin)).status).toBe(401);
    expect(sent()).toEqual(['Bearer token-1']);
  });

  test('is the caller’s 401, readable, where the token has gone from the store', async () => {
    accepted = 'another';
    await getToken('uqudo');
    store.remove('tokens', 'uqudo');
    const response = await authorizedFetch('uqudo', { getToken })(api.origin);
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('refused');
    expect(store.reads).toHaveLength(2);
  });

  test('is not followed by a second request where the caller has aborted meanwhile', async () => {
    await rotate();
    const caller = new AbortController();
    const fetch = async (...request: Parameters<typeof globalThis.fetch>) => {
      const response = await globalThis.fetch(...request);
      caller.abort();
      return response;
    };
    const uqudo = authorizedFetch('uqudo', { getToken, fetch });
    await expect(uqudo(api.origin, { signal: caller.signal })).rejects.toThrow('aborted');
    expect(sent()).toEqual(['Bearer token-1']);
  });

  test('costs one read for many requests at once', async () => {
    await rotate();
    const uqudo = authorizedFetch('uqudo', { getToken });
    const responses = await Promise.all(Array.from({ length: 50 }, () => uqudo(api.origin)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]));
    expect(store.reads).toHaveLength(2);
  });
});

describe('a 403', () => {
  test('is the API’s own answer by default', async () => {
    await rotate();
    refusal = 403;
    expect((await authorizedFetch('uqudo', { getToken })(api.origin)).status).toBe(403);
    expect(store.reads).toHaveLength(1);
  });

  test('counts as a refused token where configured', async () => {
    await rotate();
    refusal = 403;
    const uqudo = authorizedFetch('uqudo', { getToken, rejectedStatuses: [401, 403] });
    expect((await uqudo(api.origin)).status).toBe(200);
    expect(sent()).toEqual(['Bearer token-1', 'Bearer token-2']);
  });
});
