import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { askForToken } from './ask-for-token.ts';
import {
  type AuthorizationServer,
  REDIRECT_URI,
  type RegisteredClient,
  startAuthorizationServer,
} from './authorization-server.ts';
import { COMBINATION_CLIENTS, REFUSALS, refusalsOf, SENDINGS, type Sending } from './combinations.ts';

const basic: RegisteredClient = {
  client_id: 'tenant:app',
  client_secret: 's%c+r e:t&=',
  token_endpoint_auth_method: 'client_secret_basic',
};
const post: RegisteredClient = {
  ...basic,
  client_id: 'app',
  token_endpoint_auth_method: 'client_secret_post',
};
const narrow: RegisteredClient = { ...post, client_id: 'narrow', scope: 'openid' };

let server: AuthorizationServer;
const ask = (sending: Sending, client: RegisteredClient, settings: object = {}, grant = {}) =>
  askForToken({ tokenEndpoint: server.tokenEndpoint, ...SENDINGS[sending], ...settings }, client, grant);

beforeAll(async () => {
  // It warns that it keeps everything in memory.
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  server = await startAuthorizationServer([basic, post, narrow, ...COMBINATION_CLIENTS], 600);
});
afterAll(() => server.close());

describe('oidc-provider and the functions', () => {
  it.each([
    ['post', post],
    ['Basic, rfc6749', basic],
  ] as const)('agree on a token for credentials sent by %s', async (sending, client) => {
    const token = await ask(sending, client, { scope: 'doors:open' });
    expect(token).toMatchObject({ token_type: 'Bearer', scope: 'doors:open', warnings: [] });
    expect(token.expiresAt - token.issuedAt).toBe(600_000);
    expect(server.issuedTo.at(-1)).toBe(client.client_id);
  });

  it('issue another token for every request', async () => {
    const [one, two] = [await ask('post', post), await ask('post', post)];
    expect(one.access_token).not.toBe(two.access_token);
  });

  it('agree that a wrong secret is a rejected credential', async () => {
    const wrong = { ...post, client_secret: 'wrong' };
    await expect(ask('post', wrong)).rejects.toMatchObject({ code: 'credentials_rejected', status: 401 });
    await expect(ask('Basic, rfc6749', { ...basic, client_secret: 'wrong' })).rejects.toMatchObject({
      code: 'credentials_rejected',
    });
  });

  it('agree that an unknown client is a rejected credential', async () => {
    await expect(ask('post', { ...post, client_id: 'nobody' })).rejects.toMatchObject({
      code: 'credentials_rejected',
    });
  });

  it('agree that a scope the client may not have is a rejected request', async () => {
    await expect(ask('post', narrow, { scope: 'doors:open' })).rejects.toMatchObject({
      code: 'request_rejected',
      status: 400,
    });
  });

  it('agree that a missing page is a rejected request', async () => {
    const tokenEndpoint = `${server.tokenEndpoint}/none`;
    await expect(ask('post', post, { tokenEndpoint })).rejects.toMatchObject({ status: 404 });
  });
});

describe('an authorization code', () => {
  const settings = { grant: 'authorization_code', redirectUris: [REDIRECT_URI] };

  it.each([
    ['post', post],
    ['Basic, rfc6749', basic],
  ] as const)('is exchanged once by %s', async (sending, client) => {
    const code = await server.code(client.client_id, REDIRECT_URI);
    const exchange = () => ask(sending, client, settings, { code, redirect_uri: REDIRECT_URI });
    expect(await exchange()).toMatchObject({ token_type: 'Bearer', scope: 'openid' });
    await expect(exchange()).rejects.toMatchObject({ code: 'invalid_grant', kind: 'reauthorization' });
  });

  it('is refused with another redirect URI', async () => {
    const code = await server.code(post.client_id, REDIRECT_URI);
    const other = { code, redirect_uri: 'https://www.example.com/other' };
    await expect(ask('post', post, settings, other)).rejects.toMatchObject({ code: 'invalid_grant' });
  });

  it('is refused to another client', async () => {
    const code = await server.code(basic.client_id, REDIRECT_URI);
    const asked = ask('post', post, settings, { code, redirect_uri: REDIRECT_URI });
    await expect(asked).rejects.toMatchObject({ code: 'invalid_grant' });
  });
});

describe('awkward secrets', () => {
  it.each(Object.keys(SENDINGS) as Sending[])(
    'sent by %s are refused where docs/proof.md says',
    async (sending) => {
      expect(await refusalsOf(server.tokenEndpoint, sending)).toEqual(REFUSALS['oidc-provider'][sending]);
    },
  );
});
