import { afterEach, describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { exchangeHandler } from '../../functions/exchange-handler.ts';
import { at, type ExchangeWorld, exchangeWorld, REDIRECT_URI, START, UAE_PASS } from './world.ts';

const worlds: ExchangeWorld[] = [];
const world = async (...given: Parameters<typeof exchangeWorld>) => {
  const made = await exchangeWorld(...given);
  worlds.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

const unreachable = () => new RefreshError('unreachable', 'no connection (ECONNREFUSED)');
const lost = () => new RefreshError('connection_lost', 'the connection broke (ECONNRESET)');
const refused = (error: string, error_description?: string) => ({
  status: 400,
  body: { error, error_description },
});

describe('a code handed in', () => {
  it('becomes the token of the connection: the answer says where it is, and never what it is', async () => {
    const w = await world();
    const answer = await w.handIn('a-code');
    expect(answer).toEqual({
      connection: 'uae-pass',
      outcome: 'exchanged',
      tokenParameter: '/token-refresher/tokens/uae-pass',
      tokenVersion: 1,
      expiresAt: at(3600),
      error: null,
      reason: 'exchanged',
      requestId: 'request-1',
    });
    expect(w.token()).toBe('token-1');
    expect(w.status()).toMatchObject({
      state: 'fresh',
      tokenVersion: 1,
      issuedAt: at(0),
      expiresAt: at(3600),
      nextAttemptAt: null,
      reason: 'exchanged',
    });
    expect(w.metrics('Exchanged')).toEqual([1]);
  });

  it('is exchanged with what was odd about the answer in its reason', async () => {
    const w = await world();
    w.state.answers = [{ body: { access_token: 'plain', expires_in: 3600 } }];
    expect((await w.handIn('a-code')).reason).toBe('exchanged; token_type is missing, taken as Bearer');
  });

  it('makes one token call and six AWS calls: secret, status, marker, token, marker, status', async () => {
    const w = await world();
    await w.handIn();
    expect(w.state.sent).toHaveLength(1);
    expect(w.state.calls.map(({ operation }) => operation).sort()).toEqual([
      'GetParameters',
      'GetSecretValue',
      ...Array(4).fill('PutParameter'),
    ]);
  });

  it('travels as multipart with the redirect URI as it was handed in', async () => {
    const w = await world();
    await w.handIn('a code+&="');
    const [body = ''] = w.state.sent;
    expect(body).toContain('name="grant_type"\r\n\r\nauthorization_code\r\n');
    expect(body).toContain(`name="redirect_uri"\r\n\r\n${REDIRECT_URI}\r\n`);
    expect(body).toContain('name="code"\r\n\r\na code+&="\r\n');
  });

  it('travels as a form where the connection says so', async () => {
    const w = await world({ settings: { redirectUris: [REDIRECT_URI], bodyFormat: 'form' } });
    await w.handIn('a code+');
    expect(Object.fromEntries(new URLSearchParams(w.state.sent[0]))).toEqual({
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT_URI,
      code: 'a code+',
    });
  });

  it('brings its PKCE verifier along', async () => {
    const w = await world({ settings: { redirectUris: [REDIRECT_URI], bodyFormat: 'form' } });
    await w.handIn('a-code', { codeVerifier: 'v'.repeat(43) });
    expect(new URLSearchParams(w.state.sent[0]).get('code_verifier')).toBe('v'.repeat(43));
  });

  it('has a parameter and a status of its own for each subject', async () => {
    const w = await world();
    await w.handIn('code-a', { subject: 'a' });
    const answer = await w.handIn('code-b', { subject: 'b' });
    expect(answer).toMatchObject({ tokenParameter: '/token-refresher/tokens/uae-pass/b', tokenVersion: 1 });
    expect([w.token('a'), w.token('b'), w.token()]).toEqual(['token-1', 'token-2', null]);
    expect(w.status('a')).toMatchObject({ state: 'fresh', tokenVersion: 1 });
    expect(w.status()).toBeNull();
  });

  it('leaves a marker without code, token or client', async () => {
    const w = await world();
    await w.handIn('canary-code');
    expect(w.markers()).toHaveLength(1);
    expect(w.markers().join()).not.toMatch(/canary-code|token-1|the-client|the-secret/);
    const names = w.endpoint.parameters.all().map(({ name }) => name);
    expect(names).toContainEqual(expect.stringMatching(/^\/token-refresher\/codes\/uae-pass\/[0-9a-f]{64}$/));
  });

  it('appears neither in log nor metric, nor do token and subject', async () => {
    const w = await world();
    w.state.answers.push({}, refused('invalid_grant', 'canary-code-2 of the-secret is gone'));
    await w.handIn('canary-code', { subject: 'canary-person' });
    const answer = await w.handIn('canary-code-2', { subject: 'canary-person' });
    const told = w.state.log.join() + JSON.stringify(answer);
    expect(w.state.log.length).toBeGreaterThan(2);
    expect(told).not.toMatch(/canary-code|canary-person|token-1|the-secret/);
  });

  it('keeps the earlier expiry where the provider answers with the same token', async () => {
    const w = await world();
    const same = { body: { access_token: 'same', token_type: 'Bearer', expires_in: 3600 } };
    w.state.answers.push(same, same);
    await w.handIn('code-1');
    w.advance(600);
    expect(await w.handIn('code-2')).toMatchObject({
      outcome: 'exchanged',
      tokenVersion: 2,
      expiresAt: at(3600),
    });
  });

  it('is no use where the provider answers with a token that has expired', async () => {
    const w = await world();
    const same = { body: { access_token: 'same', token_type: 'Bearer', expires_in: 3600 } };
    w.state.answers.push(same, same);
    await w.handIn('code-1');
    w.advance(3601);
    expect(await w.handIn('code-2')).toMatchObject({
      outcome: 'reauthorization-required',
      error: 'same_token_expired',
      tokenParameter: null,
      reason: `the provider answered with the token that expired at ${at(3600)}`,
    });
  });

  it('is exchanged also while the connection is paused', async () => {
    const w = await world();
    await w.watch({ action: 'pause', until: at(9000) });
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged' });
    expect(w.status()).toMatchObject({ state: 'paused', pausedUntil: at(9000), tokenVersion: 1 });
  });
});

describe('a redirect URI', () => {
  it.each([
    ['another path', 'https://www.example.com/other'],
    ['a trailing slash', `${REDIRECT_URI}/`],
    ['capitals in the host', 'https://WWW.example.com/uae-pass/callback'],
    ['a default port', 'https://www.example.com:443/uae-pass/callback'],
    ['an escaped letter', 'https://www.example.com/uae-pass/c%61llback'],
    ['a query', `${REDIRECT_URI}?a=b`],
    ['a look-alike letter', 'https://www.exаmple.com/uae-pass/callback'],
  ])('with %s is not the registered one: nothing is read, nothing is sent', async (_, redirectUri) => {
    const w = await world();
    expect(await w.exchange({ code: 'a-code', redirectUri })).toMatchObject({
      outcome: 'rejected',
      error: 'redirect_uri_not_allowed',
      tokenParameter: null,
      reason: expect.stringContaining('byte for byte: the code was not used'),
    });
    expect(w.state.calls).toEqual([]);
    expect(w.state.sent).toEqual([]);
    expect(await w.handIn('a-code')).toMatchObject({ outcome: 'exchanged' });
  });
});

describe('a code handed in again', () => {
  it('is answered with what came of it, and does not reach the provider again', async () => {
    const w = await world();
    const first = await w.handIn();
    w.advance(5);
    const second = await w.handIn();
    expect(second).toMatchObject({
      outcome: 'already-exchanged',
      tokenVersion: first.tokenVersion,
      expiresAt: first.expiresAt,
      tokenParameter: first.tokenParameter,
      error: null,
      reason: 'this code was exchanged before: this is what came of it',
    });
    expect(w.state.sent).toHaveLength(1);
    expect(w.metrics('CodeReplayed')).toEqual([1]);
  });

  it('is answered with the refusal where it was refused', async () => {
    const w = await world();
    w.state.answers.push(refused('invalid_grant', 'expiredCode'));
    const first = await w.handIn();
    expect(await w.handIn()).toEqual(first);
    expect(w.state.sent).toHaveLength(1);
  });

  it('is spent where the run that took it left no result', async () => {
    const w = await world({}, { send: () => Promise.reject(new Error('killed')) });
    await expect(w.handIn()).rejects.toThrow('killed');
    expect(await w.handIn()).toMatchObject({
      outcome: 'code-spent',
      error: 'code_spent',
      tokenParameter: null,
      reason: expect.stringContaining('it is not sent a second time'),
    });
  });

  it('is spent for any other subject, whose token it did not become', async () => {
    const w = await world();
    await w.handIn('a-code', { subject: 'a' });
    for (const subject of ['b', null]) {
      expect(await w.handIn('a-code', { subject })).toMatchObject({
        outcome: 'code-spent',
        tokenParameter: null,
        tokenVersion: null,
        expiresAt: null,
      });
    }
    expect(w.state.sent).toHaveLength(1);
  });

  it('reaches the provider once where 200 hand it in at the same time', async () => {
    const w = await world();
    const answers = await Promise.all(Array.from({ length: 200 }, () => w.handIn()));
    const count = (outcome: string) => answers.filter((answer) => answer.outcome === outcome).length;
    expect(w.state.sent).toHaveLength(1);
    expect(count('exchanged')).toBe(1);
    expect(count('already-exchanged') + count('code-spent')).toBe(199);
    expect(w.token()).toBe('token-1');
  });

  it('is its own where only the answer to the create was lost', async () => {
    const w = await world();
    const { middlewareStack } = w.ssm;
    let repeated = false;
    middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const answer = await next(args);
          const creates = commandName === 'PutParameterCommand' && JSON.stringify(args).includes('/codes/');
          if (!creates || repeated) return answer;
          repeated = true;
          return next(args);
        },
      { step: 'finalizeRequest', priority: 'high', name: 'sendTwice' },
    );
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(repeated).toBe(true);
  });
});

describe('a refusal', () => {
  it.each([
    ['an unregistered client', refused('invalid_client', 'unregisteredClient'), 'invalid_client'],
    ['its grant type', refused('unsupported_grant_type'), 'unsupported_grant_type'],
    ['a code it does not know', refused('invalid_grant', 'codeNotFound'), 'code_unknown'],
    ['an expired code', refused('invalid_grant', 'expiredCode'), 'code_expired'],
    ["another client's code", refused('invalid_grant', 'codeNotIssuedToClientId'), 'code_of_another_client'],
    ['another redirect URI', refused('invalid_grant', 'redirectUriMismatch'), 'redirect_uri_mismatch'],
    ['the bare invalid request', refused('Invalid request'), 'invalid_request'],
    ['an invalid grant of another kind', refused('invalid_grant', 'who knows'), 'invalid_grant'],
    ['the client, without words', { status: 401, body: {} }, 'credentials_rejected'],
    ['without words', { status: 400, body: {} }, 'request_rejected'],
  ])('by UAE PASS for %s has an answer of its own', async (_, wire, error) => {
    const w = await world();
    w.state.answers.push(wire);
    const answer = await w.handIn();
    expect(answer).toMatchObject({ outcome: 'rejected', error, tokenParameter: null, tokenVersion: null });
    expect(answer.reason).toContain(`HTTP ${wire.status}`);
    expect(w.token()).toBeNull();
    expect(w.metrics('CodeRejected')).toEqual([1]);
  });

  it('leaves the token and the status of an earlier login as they are', async () => {
    const w = await world();
    await w.handIn('code-1');
    const status = w.status();
    w.state.answers.push(refused('invalid_grant', 'expiredCode'));
    await w.handIn('code-2');
    expect([w.token(), w.status()]).toEqual(['token-1', status]);
  });

  it('does not lead to a try with the previous secret: that would send the code twice', async () => {
    const w = await world();
    w.state.answers.push(refused('invalid_client', 'unregisteredClient'));
    await w.handIn();
    expect(w.state.sent).toHaveLength(1);
  });
});

describe('a request', () => {
  it('that certainly did not leave is sent again, within eight seconds', async () => {
    const w = await world();
    w.state.answers.push(unreachable(), unreachable());
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged' });
    expect(w.state.sent).toHaveLength(3);
    expect(w.state.waits).toEqual([100, 200]);
  });

  it('that never left asks for a new login once the deadline is near', async () => {
    const w = await world();
    w.state.answers.push(...Array.from({ length: 50 }, unreachable));
    expect(await w.handIn()).toMatchObject({ outcome: 'reauthorization-required', error: 'unreachable' });
    expect(w.state.now - START).toBeLessThan(8000);
  });

  it.each([
    ['broke after it left', lost()],
    ['was not answered in time', new RefreshError('timed_out', 'no answer in time')],
    ['was answered 503', { status: 503 }],
    ['was answered 429', { status: 429 }],
    ['was redirected', { status: 302 }],
    ['was answered with something else than a token', { body: 'hello' }],
    ['was answered with a token that is none', { body: { access_token: 'a b', expires_in: 3600 } }],
  ])('that %s is never sent again, by this run or another: a new login is needed', async (_, wire) => {
    const w = await world();
    w.state.answers.push(wire);
    const first = await w.handIn();
    expect(first).toMatchObject({
      outcome: 'reauthorization-required',
      tokenParameter: null,
      reason: expect.stringContaining('the code is not sent again, the person has to log in again'),
    });
    expect(await w.handIn()).toEqual(first);
    expect(w.state.sent).toHaveLength(1);
    expect(w.token()).toBeNull();
    expect(w.metrics('CodeLost')[0]).toBe(1);
  });
});

describe('before the code is used', () => {
  it.each([
    ['has no value', null, 'credentials_empty'],
    ['is blank', ' ', 'credentials_empty'],
    ['is not JSON', 'canary', 'credentials_invalid'],
    [
      'holds an id HTTP Basic cannot carry',
      '{"client_id":"a:b","client_secret":"canary"}',
      'credentials_invalid',
    ],
  ])('a secret that %s fails the invocation, and the code is as good as before', async (_, secret, code) => {
    const w = await world({}, {}, secret);
    await expect(w.handIn()).rejects.toMatchObject({ code });
    await expect(w.handIn()).rejects.toThrow(/^(?!.*canary)/);
    expect(w.markers()).toEqual([]);
    expect(w.state.sent).toEqual([]);
  });

  it('a marker that cannot be made fails the invocation, and nothing is sent', async () => {
    const w = await world();
    w.ssm.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'PutParameterCommand')
            throw Object.assign(new Error('no'), { name: 'AccessDenied' });
          return next(args);
        },
      { step: 'initialize', name: 'denyWrites' },
    );
    await expect(w.handIn()).rejects.toMatchObject({ code: 'code_not_taken' });
    await expect(w.handIn()).rejects.toThrow(
      'the code was not used: its marker could not be made (AccessDenied)',
    );
    expect(w.state.sent).toEqual([]);
  });
});

describe('after the token is issued', () => {
  const failPuts = (w: ExchangeWorld, fails: (name: string, nth: number) => boolean) => {
    const seen = new Map<string, number>();
    w.ssm.middlewareStack.add(
      (next) => async (args) => {
        const { Name = '', Value } = args.input as { Name?: string; Value?: string };
        if (Value === undefined) return next(args);
        const nth = (seen.get(Name) ?? 0) + 1;
        seen.set(Name, nth);
        if (fails(Name, nth)) throw Object.assign(new Error('rate'), { name: 'ThrottlingException' });
        return next(args);
      },
      { step: 'initialize', name: 'failPuts' },
    );
  };

  it('a token write that fails is repeated, and the exchange is not', async () => {
    const w = await world();
    failPuts(w, (name, nth) => name.includes('/tokens/') && nth < 4);
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(w.state.sent).toHaveLength(1);
  });

  it('a token that cannot be stored is lost: the answer says so, once and again', async () => {
    const w = await world();
    failPuts(w, (name) => name.includes('/tokens/'));
    const answer = await w.handIn();
    expect(answer).toMatchObject({ outcome: 'reauthorization-required', error: 'token_not_stored' });
    expect(await w.handIn()).toEqual(answer);
    expect(JSON.stringify(answer)).not.toContain('token-1');
  });

  it('a status that cannot be written does not change the answer, and is told as a failure', async () => {
    const w = await world();
    failPuts(w, (name) => name.includes('/status/'));
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(w.metrics('Failed')).toEqual([1]);
    expect(w.state.log.join()).toContain('status_not_stored');
    expect(await w.handIn()).toMatchObject({ outcome: 'already-exchanged', tokenVersion: 1 });
  });

  it('a marker that cannot be finished leaves the code spent', async () => {
    const w = await world();
    failPuts(w, (name, nth) => name.includes('/codes/') && nth === 2);
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged' });
    expect(await w.handIn()).toMatchObject({ outcome: 'code-spent' });
    expect(w.state.sent).toHaveLength(1);
  });
});

describe('an exchange function', () => {
  it('for a connection without authorization codes does not start', () => {
    const connection = { ...UAE_PASS, provider: 'uqudo', settings: {} };
    expect(() => exchangeHandler({ connection } as never)).toThrow('its grant is client_credentials');
  });

  it('serves any other RFC 6749 server by the same path', async () => {
    const w = await world({
      provider: 'oauth2',
      settings: {
        tokenEndpoint: 'https://auth.example.com/token',
        clientAuthentication: 'client_secret_post',
        lifetimeSeconds: 3600,
        grant: 'authorization_code',
        redirectUris: [REDIRECT_URI],
      },
    });
    expect(await w.handIn()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(Object.fromEntries(new URLSearchParams(w.state.sent[0]))).toEqual({
      grant_type: 'authorization_code',
      redirect_uri: REDIRECT_URI,
      code: 'a-code',
      client_id: 'the-client',
      client_secret: 'the-secret',
    });
  });

  it('names RFC 6749 refusals of other servers', async () => {
    const w = await world({
      provider: 'oauth2',
      settings: {
        tokenEndpoint: 'https://auth.example.com/token',
        clientAuthentication: 'client_secret_post',
        lifetimeSeconds: 3600,
        grant: 'authorization_code',
        redirectUris: [REDIRECT_URI],
      },
    });
    w.state.answers.push(refused('unauthorized_client', 'expiredCode'));
    expect(await w.handIn()).toMatchObject({ outcome: 'rejected', error: 'unauthorized_client' });
  });
});
