import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clientSecretBasic } from '../../functions/oauth/client-authentication.ts';
import { send } from '../../functions/oauth/send.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';
import { CLIENT, startAuthorizationServer } from './authorization-server.ts';
import { type ExchangeWorld, exchangeWorld } from './world.ts';

const CALLBACK = 'https://www.example.com/callback';
const OTHER = 'https://www.example.com/other-callback';

let server: Awaited<ReturnType<typeof startAuthorizationServer>>;
let world: ExchangeWorld;

beforeAll(async () => {
  server = await startAuthorizationServer([CALLBACK, OTHER]);
  world = await exchangeWorld(
    {
      connection: 'person',
      provider: 'oauth2',
      settings: {
        tokenEndpoint: `${server.issuer}/token`,
        clientAuthentication: 'client_secret_basic',
        encoding: 'rfc6749',
        lifetimeSeconds: 3600,
        grant: 'authorization_code',
        redirectUris: [CALLBACK, OTHER],
      },
    },
    { send, now: Date.now },
    JSON.stringify(CLIENT),
  );
});
afterAll(async () => {
  await world.close();
  await server.close();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The code of a real authorize round trip, and the state it brought back. */
const login = async (parameters: Record<string, string> = {}) => {
  const back = await server.login({ redirect_uri: CALLBACK, state: 'the-state', ...parameters });
  expect(`${back.origin}${back.pathname}`).toBe(CALLBACK);
  expect(back.searchParams.get('state')).toBe('the-state');
  return back.searchParams.get('code') ?? '';
};

describe('against oidc-provider, a code of a real login', () => {
  it('becomes a token the server accepts', async () => {
    const code = await login();
    const answer = await world.exchange({ code, redirectUri: CALLBACK, subject: 'first' });
    expect(answer).toMatchObject({ outcome: 'exchanged', tokenVersion: 1, error: null });
    expect(server.tokenRequests).toEqual(['application/x-www-form-urlencoded']);
    expect(await server.userinfo(world.token('first') ?? '')).toBe(200);
    expect(Date.parse(answer.expiresAt ?? '') - Date.now()).toBeGreaterThan(3_500_000);
  });

  it('handed in again never reaches the server, so that the token stays good', async () => {
    const code = await login();
    const first = await world.exchange({ code, redirectUri: CALLBACK, subject: 'again' });
    const reached = server.tokenRequests.length;
    const second = await world.exchange({ code, redirectUri: CALLBACK, subject: 'again' });
    expect(second).toMatchObject({
      outcome: 'already-exchanged',
      expiresAt: first.expiresAt,
      tokenVersion: 1,
    });
    expect(server.tokenRequests).toHaveLength(reached);
    expect(await server.userinfo(world.token('again') ?? '')).toBe(200);
  });

  it('sent a second time past the guard costs the good token: this is what the guard is for', async () => {
    const code = await login();
    await world.exchange({ code, redirectUri: CALLBACK, subject: 'unguarded' });
    const dialect = {
      grant: 'authorization_code',
      tokenEndpoint: `${server.issuer}/token`,
      clientAuthentication: clientSecretBasic,
    } as const;
    const replay = await tokenRequest(dialect, CLIENT, { code, redirect_uri: CALLBACK });
    expect((await send(replay, { timeoutMs: 5000 })).status).toBe(400);
    expect(await server.userinfo(world.token('unguarded') ?? '')).toBe(401);
  });

  it('with another registered redirect URI is rejected by the server', async () => {
    const code = await login();
    const answer = await world.exchange({ code, redirectUri: OTHER, subject: 'mismatch' });
    expect(answer).toMatchObject({ outcome: 'rejected', error: 'invalid_grant', tokenParameter: null });
    expect(world.token('mismatch')).toBeNull();
  });

  it('with a redirect URI that is not registered never reaches the server', async () => {
    const code = await login();
    const reached = server.tokenRequests.length;
    const answer = await world.exchange({ code, redirectUri: `${CALLBACK}/`, subject: 'mismatch' });
    expect(answer).toMatchObject({ outcome: 'rejected', error: 'redirect_uri_not_allowed' });
    expect(server.tokenRequests).toHaveLength(reached);
  });

  it('that has expired is rejected by the server', async () => {
    const code = await login();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 61_000 });
    expect(await world.exchange({ code, redirectUri: CALLBACK, subject: 'late' })).toMatchObject({
      outcome: 'rejected',
      error: 'invalid_grant',
    });
  });

  it('that was never issued is rejected by the server', async () => {
    expect(await world.exchange({ code: 'made-up', redirectUri: CALLBACK })).toMatchObject({
      outcome: 'rejected',
      error: 'invalid_grant',
    });
  });

  it('with PKCE is good with its verifier, and spent with another', async () => {
    const verifier = 'v'.repeat(64);
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const pkce = { code_challenge, code_challenge_method: 'S256' };
    const stolen = { code: await login(pkce), redirectUri: CALLBACK, subject: 'pkce' };
    expect(await world.exchange({ ...stolen, codeVerifier: 'w'.repeat(64) })).toMatchObject({
      outcome: 'rejected',
    });
    const own = { code: await login(pkce), redirectUri: CALLBACK, subject: 'pkce', codeVerifier: verifier };
    expect(await world.exchange(own)).toMatchObject({ outcome: 'exchanged' });
  });
});
