import { describe, expect, it } from 'vitest';
import { createProviders, simulatedClient } from '../../../infra/local/providers/providers.ts';
import {
  basic,
  type Changes,
  connections,
  credentialsOf,
  everyProvider,
  opened,
  requestOf,
} from './connections.ts';

const NOW = Date.parse('2030-01-01T00:00:00.400Z');

const claims = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString());

describe.each(connections)('$connection', (tested) => {
  const answer = (changes: Changes = {}) => opened(everyProvider().answer(requestOf(tested, changes), NOW));

  it('issues a token for the documented request', () => {
    const providers = everyProvider();
    const { status, json } = opened(providers.answer(requestOf(tested), NOW));
    expect(status).toBe(200);
    expect(json).toMatchObject({
      expires_in: tested.lifetimeSeconds,
      token_type: expect.stringMatching(/^bearer$/i),
    });
    const host = new URL(tested.url).host;
    expect(providers.issued(host, credentialsOf(tested.connection).client_id)).toMatchObject([
      { access_token: json.access_token, issuedAt: NOW, expiresAt: NOW + tested.lifetimeSeconds * 1000 },
    ]);
    expect(providers.issued('elsewhere')).toEqual([]);
    if (json.access_token.includes('.')) {
      expect(claims(json.access_token).exp).toBe(Math.floor(NOW / 1000) + tested.lifetimeSeconds);
    }
  });

  it('shrinks lifetimes with the speed', () => {
    const { json } = opened(everyProvider({ speed: 60 }).answer(requestOf(tested), NOW));
    expect(json.expires_in).toBe(tested.lifetimeSeconds / 60);
  });

  const wrong = { client_id: `id-of-${tested.connection}`, client_secret: 'wrong' };
  const { client_id, client_secret } = credentialsOf(tested.connection);
  it.each<[string, Changes]>([
    ['another method', { method: 'GET' }],
    ['parameters in the URL', { url: `${tested.url}?grant_type=client_credentials` }],
    ['another path', { url: `${tested.url}s` }],
    ['another host', { url: tested.url.replace('https://', 'https://x.') }],
    [
      'a charset behind the content type',
      { headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' } },
    ],
    [
      'a JSON body',
      { headers: { 'content-type': 'application/json' }, body: '{"grant_type":"client_credentials"}' },
    ],
    ['no content type', { headers: { 'content-type': undefined } }],
    ['no grant_type', { without: ['grant_type'] }],
    ['another grant_type', { parameters: { grant_type: 'password' } }],
    ['a wrong secret', { credentials: wrong }],
    ['an unknown client', { credentials: { client_id: 'unknown', client_secret: 'x' } }],
    [
      'credentials in both places',
      {
        headers: { authorization: basic(client_id, client_secret) },
        parameters: { client_id, client_secret },
      },
    ],
    [
      'credentials in the other place',
      tested.credentialsIn === 'body'
        ? {
            headers: { authorization: basic(client_id, client_secret) },
            without: ['client_id', 'client_secret'],
          }
        : { headers: { authorization: undefined }, parameters: { client_id, client_secret } },
    ],
    ['no credentials', { headers: { authorization: undefined }, without: ['client_id', 'client_secret'] }],
  ])('refuses %s', (_, changes) => {
    const { status, json } = answer(changes);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(json?.access_token).toBeUndefined();
  });

  it('refuses a parameter that is there twice', () => {
    const request = requestOf(tested);
    const body = Buffer.from(`${request.body}&grant_type=client_credentials`);
    expect(opened(everyProvider().answer({ ...request, body }, NOW)).status).toBe(400);
  });

  it('records who asked and why it was refused, without a secret', () => {
    const providers = everyProvider();
    providers.answer(requestOf(tested, { credentials: wrong }), NOW);
    expect(providers.requests).toMatchObject([
      { connection: tested.connection, method: 'POST', refused: 'the credentials are rejected' },
    ]);
    expect(JSON.stringify(providers.requests)).not.toContain('wrong');
  });
});

describe('documented answers', () => {
  const byName = (name: string) => {
    const found = connections.find(({ connection }) => connection === name);
    if (found === undefined) throw new Error(name);
    return found;
  };
  const answer = (name: string, changes: Changes = {}) =>
    opened(everyProvider().answer(requestOf(byName(name), changes), NOW));
  const rejected = (name: string) =>
    answer(name, { credentials: { client_id: `id-of-${name}`, client_secret: 'wrong' } });

  it('to wrong credentials differ by provider', () => {
    expect(rejected('uqudo')).toMatchObject({ status: 401, text: '' });
    expect(rejected('screening-eagle')).toMatchObject({
      status: 401,
      json: { error: 'Forbidden', errorDescription: 'permission denied' },
    });
    expect(rejected('alternative-payments')).toMatchObject({ status: 403, json: { message: 'Forbidden' } });
    expect(rejected('igni-acme')).toMatchObject({ status: 401, json: { error: 'invalid_client' } });
    expect(rejected('generic')).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Basic realm="token"' },
      json: { error: 'invalid_client' },
    });
  });

  it('of Screening Eagle need a scope and hold an HS256 id_token and a refresh_token', () => {
    expect(answer('screening-eagle', { without: ['scope'] }).status).toBe(400);
    const { json } = answer('screening-eagle');
    expect(json.scope).toBe('openid inspect');
    for (const token of [json.id_token, json.refresh_token]) {
      expect(JSON.parse(Buffer.from(token.split('.')[0], 'base64url').toString()).alg).toBe('HS256');
    }
  });

  it('of igni need an Accept header and hold a JWT of about 1 KB', () => {
    expect(answer('igni-acme', { headers: { accept: '*/*' } }).status).toBe(406);
    expect(answer('igni-acme', { headers: { accept: undefined } }).status).toBe(406);
    const { length } = answer('igni-acme').json.access_token;
    expect(length).toBeGreaterThan(900);
    expect(length).toBeLessThan(1500);
  });

  it('of Alternative Payments hold 56 hexadecimal characters and are limited to five a second', () => {
    const providers = everyProvider();
    const request = requestOf(byName('alternative-payments'));
    const ask = (at: number) => opened(providers.answer(request, at));
    expect(ask(NOW).json.access_token).toMatch(/^[\da-f]{56}$/);
    for (let n = 1; n < 5; n += 1) expect(ask(NOW + n).status).toBe(200);
    expect(ask(NOW + 5)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(ask(NOW + 1500).status).toBe(200);
  });

  it('of uqudo hold a JWS and a jti', () => {
    const { json } = answer('uqudo');
    expect(json).toMatchObject({
      token_type: 'bearer',
      scope: 'scopes',
      jti: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(json.access_token.split('.')).toHaveLength(3);
  });

  it('of the generic server decode credentials where its documentation encodes them', () => {
    const encoded = requestOf(byName('generic'));
    const { client_id, client_secret } = credentialsOf('generic');
    const raw = {
      ...encoded,
      headers: { ...encoded.headers, authorization: basic(client_id, client_secret) },
    };
    expect(opened(everyProvider().answer(encoded, NOW)).status).toBe(200);
    expect(opened(everyProvider().answer(raw, NOW)).status).toBe(401);
  });

  it('of other environments come from other hosts', () => {
    const hosts = (
      [
        ['uqudo', { environment: 'dev' }],
        ['uae-pass', { environment: 'staging' }],
        ['alternative-payments', { environment: 'demo' }],
        ['igni', { workspace: 'globex' }],
      ] as const
    ).map(
      ([provider, settings]) =>
        simulatedClient({ connection: 'x', provider, settings, credentials: credentialsOf('x') }).provider
          .host,
    );
    expect(hosts).toEqual([
      'auth.dev.uqudo.io',
      'stg-id.uaepass.ae',
      'public-api.demo.alternativepayments.io',
      'globex.igni.co',
    ]);
  });

  it('exist for known providers only', () => {
    const unknown = { connection: 'x', provider: 'toString', settings: {}, credentials: credentialsOf('x') };
    expect(() => simulatedClient(unknown)).toThrow(
      'there is no provider "toString": known are uqudo, uae-pass',
    );
  });

  it('tell two clients of one host apart', () => {
    const [first, second] = ['first', 'second'].map((connection) => ({
      ...byName('uqudo'),
      connection,
      credentials: credentialsOf(connection),
    }));
    if (first === undefined || second === undefined) throw new Error('two connections');
    const providers = createProviders({ clients: [first, second].map(simulatedClient) });
    providers.answer(requestOf(second), NOW);
    expect(providers.issued().map(({ connection }) => connection)).toEqual(['second']);
  });
});
