import { describe, expect, it } from 'vitest';
import { createAuthorizationCodes } from '../../../infra/local/providers/authorization-codes.ts';
import { simulatedClient } from '../../../infra/local/providers/providers.ts';
import { basic, credentialsOf, everyProvider, multipart, opened, UAE_PASS } from './connections.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const { client_id, client_secret } = UAE_PASS.credentials;
const redirect_uri = 'https://www.example.com/callback';
const boundary = 'x'.repeat(20);

const exchange = (
  pairs: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) => ({
  method: 'POST',
  host: 'id.uaepass.ae',
  path: '/idshub/token',
  query: '',
  headers: {
    'content-type': `multipart/form-data; boundary=${boundary}`,
    authorization: basic(client_id, client_secret),
    ...headers,
  },
  body: Buffer.from(
    multipart(Object.entries({ grant_type: 'authorization_code', redirect_uri, ...pairs }), boundary),
  ),
});

describe('a code', () => {
  const made = { client_id, redirect_uri };

  it('is valid once, for ten seconds, for its client and redirect URI', () => {
    const codes = createAuthorizationCodes();
    const consume = (change: object, at: number) =>
      codes.consume(codes.issue(made, NOW), { ...made, ...change }, at);
    expect(consume({}, NOW + 9999)).toBe('valid');
    expect(consume({}, NOW + 10_000)).toBe('expiredCode');
    expect(consume({ client_id: 'other' }, NOW)).toBe('codeNotIssuedToClientId');
    expect(consume({ redirect_uri: `${redirect_uri}/` }, NOW)).toBe('redirectUriMismatch');
    expect(codes.consume('made-up', made, NOW)).toBe('codeNotFound');
    const code = codes.issue(made, NOW);
    expect(codes.consume(code, made, NOW)).toBe('valid');
    expect(codes.consume(code, made, NOW)).toBe('reused');
  });

  it('is not spent by a client it was not made for', () => {
    const codes = createAuthorizationCodes();
    const code = codes.issue(made, NOW);
    codes.consume(code, { ...made, client_id: 'other' }, NOW);
    expect(codes.consume(code, made, NOW)).toBe('valid');
  });
});

describe('the token endpoint', () => {
  it('exchanges a code in a multipart body', () => {
    const providers = everyProvider();
    const code = providers.codes.issue({ client_id, redirect_uri }, NOW);
    expect(opened(providers.answer(exchange({ code }), NOW))).toMatchObject({
      status: 200,
      json: {
        access_token: expect.stringMatching(/^[\da-f-]{36}$/),
        scope: 'urn:uae:digitalid:profile:general',
        token_type: 'Bearer',
        expires_in: 3600,
      },
    });
  });

  it('revokes the token of a code that is used again', () => {
    const providers = everyProvider();
    const code = providers.codes.issue({ client_id, redirect_uri }, NOW);
    providers.answer(exchange({ code }), NOW);
    expect(providers.issued()).toMatchObject([{ revoked: false }]);
    expect(opened(providers.answer(exchange({ code }), NOW))).toMatchObject({
      status: 400,
      json: { error: 'invalid_grant' },
    });
    expect(providers.issued()).toMatchObject([{ revoked: true }]);
  });

  it.each([
    [
      'an unknown code',
      { code: 'made-up' },
      {},
      { error: 'invalid_grant', error_description: 'codeNotFound' },
    ],
    ['no code', {}, {}, { error: 'invalid_request' }],
    ['client_credentials', { grant_type: 'client_credentials' }, {}, { error: 'unsupported_grant_type' }],
    [
      'a wrong secret',
      { code: 'x' },
      { authorization: basic(client_id, 'wrong') },
      { error: 'Invalid request' },
    ],
    [
      'an unregistered client',
      { code: 'x' },
      { authorization: basic('other', 'x') },
      { error: 'invalid_client' },
    ],
    [
      'a form',
      { code: 'x' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { error: 'invalid_request' },
    ],
    [
      'another boundary',
      { code: 'x' },
      { 'content-type': 'multipart/form-data; boundary=y' },
      { error: 'invalid_request' },
    ],
  ] as const)('refuses %s', (_, pairs, headers, body) => {
    const answer = opened(everyProvider().answer(exchange(pairs, headers), NOW));
    expect(answer).toMatchObject({ status: 400, json: body });
  });

  it('takes a form, and no multipart body, where the connection is set to it', () => {
    const client = simulatedClient({ ...UAE_PASS, settings: { ...UAE_PASS.settings, bodyFormat: 'form' } });
    const providers = everyProvider({ clients: [client] });
    const code = providers.codes.issue({ client_id, redirect_uri }, NOW);
    expect(opened(providers.answer(exchange({ code }), NOW)).status).toBe(400);
    const form = {
      ...exchange({}, { 'content-type': 'application/x-www-form-urlencoded' }),
      body: Buffer.from(
        new URLSearchParams({ grant_type: 'authorization_code', redirect_uri, code }).toString(),
      ),
    };
    expect(opened(providers.answer(form, NOW)).status).toBe(200);
  });
});

describe('the authorize page', () => {
  const page = (method: string, more: Readonly<Record<string, string>> = {}) => ({
    method,
    host: 'id.uaepass.ae',
    path: '/idshub/authorize',
    query: new URLSearchParams({
      response_type: 'code',
      client_id,
      redirect_uri,
      state: 'a"<b',
      ...more,
    }).toString(),
    headers: {},
    body: Buffer.from(''),
  });

  it('shows a login button that leads back with a code and the state', () => {
    const providers = everyProvider();
    const shown = opened(providers.answer(page('GET'), NOW));
    expect(shown.status).toBe(200);
    expect(shown.text).toContain('<button type="submit">Log in</button>');
    expect(shown.text).not.toContain('a"<b');
    const { status, headers } = opened(providers.answer(page('POST'), NOW));
    expect(status).toBe(302);
    const back = new URL(headers['location'] ?? '');
    expect(`${back.origin}${back.pathname}`).toBe(redirect_uri);
    expect(back.searchParams.get('state')).toBe('a"<b');
    const code = back.searchParams.get('code') ?? '';
    expect(opened(providers.answer(exchange({ code }), NOW)).status).toBe(200);
  });

  it.each<Readonly<Record<string, string>>>([
    { client_id: 'unknown' },
    { redirect_uri: 'https://evil.example/callback' },
  ])('never redirects for %j', (more) => {
    for (const method of ['GET', 'POST']) {
      const { status, headers } = opened(everyProvider().answer(page(method, more), NOW));
      expect(status).toBe(400);
      expect(headers).not.toHaveProperty('location');
    }
  });

  it('tells the client of a response type it does not know', () => {
    const { headers } = opened(everyProvider().answer(page('GET', { response_type: 'token' }), NOW));
    expect(headers['location']).toContain('error=unsupported_response_type');
  });

  it('exists at UAE PASS only', () => {
    const request = { ...page('GET', credentialsOf('uqudo')), host: 'auth.uqudo.io' };
    expect(opened(everyProvider().answer(request, NOW)).status).toBe(404);
  });
});
