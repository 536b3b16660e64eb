import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { RefreshError } from '../functions/errors.ts';
import { fingerprintOf } from '../functions/issue.ts';
import { initialStatus } from '../functions/status.ts';
import { CREDENTIALS, START, world } from './world.ts';

const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const secret = (version: string, text = CREDENTIALS) => ({ version, text });
const other = JSON.stringify({ client_id: 'the-client', client_secret: 'the-older-secret' });
const unreachable = () =>
  new RefreshError('unreachable', 'no connection to the token endpoint (ECONNREFUSED)');
const rejected = { status: 401, body: {} };

describe('a connection without a token', () => {
  it('is refreshed by its first tick: token, then status, then the answer', async () => {
    const w = world();
    const answer = await w.tick();
    expect(w.token()).toBe('token-1');
    expect(answer).toEqual({
      connection: 'uqudo',
      outcome: 'refreshed',
      state: 'fresh',
      expiresAt: at(1800),
      renewAt: w.status().renewAt,
      nextAttemptAt: w.status().renewAt,
      tokenVersion: 1,
      reason: 'refreshed',
      requestId: 'request-1',
    });
    expect(w.status()).toMatchObject({
      schema: 1,
      provider: 'uqudo',
      state: 'fresh',
      tokenVersion: 1,
      issuedAt: at(0),
      expiresAt: at(1800),
      tokenType: 'bearer',
      fingerprint: fingerprintOf('token-1'),
      secretVersion: 'v1',
      lastAttempt: { at: at(0), outcome: 'refreshed', durationMs: 0 },
      failures: { consecutive: 0, since: null, error: null },
      pausedUntil: null,
    });
    expect(w.calls()).toEqual({ GetParameters: 1, PutParameter: 2, GetSecretValue: 1, token: 1 });
  });

  it('is stored as a SecureString under its own key, tiered intelligently, and its status as a String', async () => {
    const w = world();
    await w.tick();
    const [token, status] = w.ssm.commandCalls(PutParameterCommand).map((call) => call.args[0].input);
    expect(token).toEqual({
      Name: '/token-refresher/tokens/uqudo',
      Value: 'token-1',
      Type: 'SecureString',
      Tier: 'Intelligent-Tiering',
      Overwrite: true,
      KeyId: w.connection.keyArn,
    });
    expect(status).toMatchObject({ Name: '/token-refresher/status/uqudo', Type: 'String', Overwrite: true });
    expect(status).not.toHaveProperty('KeyId');
  });

  it('uses the AWS-managed key where it has none of its own', async () => {
    const w = world({ keyArn: null });
    await w.tick();
    expect(w.ssm.commandCalls(PutParameterCommand)[0]?.args[0].input).not.toHaveProperty('KeyId');
  });
});

describe('a quiet tick', () => {
  it('makes one AWS call, reads no secret, calls no provider and constructs one client', async () => {
    const w = world();
    await w.tick();
    const before = w.calls();
    const clients = { ...w.clients };
    w.advance(60);
    expect(await w.tick()).toMatchObject({
      outcome: 'fresh',
      reason: `fresh: renewal is due at ${w.status().renewAt}`,
    });
    expect(w.calls()).toEqual({ ...before, GetParameters: before.GetParameters + 1 });
    expect(w.clients).toEqual({ ssm: clients.ssm + 1, secretsManager: clients.secretsManager });
  });

  it('reports the seconds to expiry', async () => {
    const w = world();
    await w.tick();
    w.advance(60);
    w.state.log = [];
    await w.tick();
    expect(w.metrics()).toMatchObject({
      SecondsToExpiry: 1740,
      connection: 'uqudo',
      service: 'token-refresher',
    });
    expect(w.metrics()).not.toHaveProperty('Refreshed');
  });
});

describe('a token that is due', () => {
  it('is renewed at its renewAt and not a moment before', async () => {
    const w = world();
    const { renewAt } = await w.tick();
    w.state.now = Date.parse(renewAt ?? '') - 1;
    expect((await w.tick()).outcome).toBe('fresh');
    w.advance(0.001);
    expect(await w.tick()).toMatchObject({ outcome: 'refreshed', tokenVersion: 2 });
    expect(w.token()).toBe('token-2');
  });

  it('keeps the earlier expiry where the server answers with the same token, and halves what is left', async () => {
    const w = world();
    const same = { body: { access_token: 'same', token_type: 'bearer', expires_in: 1800 } };
    w.state.answers = [same, same, same];
    await w.tick();
    w.advance(900);
    const answer = await w.tick();
    expect(answer).toMatchObject({ outcome: 'refreshed', expiresAt: at(1800) });
    expect(answer.reason).toContain('the same token again');
    expect(Date.parse(answer.renewAt ?? '')).toBeLessThanOrEqual(START + 1_350_000);
  });

  it('says so where the server answers with the same token after it has expired', async () => {
    const w = world();
    const same = { body: { access_token: 'same', token_type: 'bearer', expires_in: 1800 } };
    w.state.answers = [same, same];
    await w.tick();
    w.advance(1900);
    const answer = await w.tick({ action: 'refresh' });
    expect(answer).toMatchObject({ outcome: 'failed', state: 'failing', expiresAt: at(1800) });
    expect(w.status().failures.error?.code).toBe('same_token_expired');
  });

  it('is fetched again where another run has written meanwhile, so that the last issued token is the stored one', async () => {
    const w = world();
    await w.tick();
    w.advance(1000);
    w.state.beforeTokenRequest = () => w.state.versions.set(w.connection.tokenParameter, 7);
    const answer = await w.tick();
    expect(answer).toMatchObject({ outcome: 'refreshed', tokenVersion: 9 });
    expect(answer.reason).toContain('another run wrote meanwhile');
    expect(w.token()).toBe('token-3');
  });

  it('is fetched at most three times in one run', async () => {
    const w = world();
    await w.tick();
    w.advance(1000);
    const versions = [10, 20, 30, 40];
    w.ssm.on(PutParameterCommand, { Type: 'SecureString' }).callsFake(() => ({ Version: versions.shift() }));
    await w.tick();
    expect(w.calls().token).toBe(4);
  });
});

describe('credentials', () => {
  it.each([
    ['has no value', undefined],
    ['is empty', ''],
    ['has two empty fields', '{"client_id":"","client_secret":""}'],
    ['is an empty object', '{}'],
  ])(
    'a secret that %s is awaited: no provider call, no failed invocation, no alarm metric',
    async (_, text) => {
      const w = world();
      w.state.secrets = text === undefined ? {} : { AWSCURRENT: secret('v1', text) };
      expect(await w.tick()).toMatchObject({
        outcome: 'awaiting-credentials',
        state: 'awaiting-credentials',
      });
      expect(w.calls()).toMatchObject({ token: 0, PutParameter: 1 });
      expect(w.metrics()).toMatchObject({ AwaitingCredentials: 1 });
      expect(w.metrics()).not.toHaveProperty('SecondsToExpiry');
      expect(w.metrics()).not.toHaveProperty('Failed');
    },
  );

  it.each([
    ['emptied', { AWSCURRENT: secret('v2', '{"client_id":"","client_secret":""}') }],
    ['deleted', {}],
  ])(
    'a secret that worked and is %s blocks and fails the tick once: that is no first deployment',
    async (_, secrets) => {
      const w = world();
      await w.tick();
      w.advance(1000);
      w.state.secrets = secrets;
      await expect(w.tick()).rejects.toMatchObject({ code: 'credentials_missing' });
      expect(w.status()).toMatchObject({ state: 'blocked', tokenVersion: 1 });
      expect(w.metrics()).toMatchObject({ Blocked: 1, Failed: 1 });
      w.advance(60);
      expect(await w.tick()).toMatchObject({ outcome: 'blocked' });
      w.state.secrets = { AWSCURRENT: secret('v3') };
      w.advance(60);
      expect(await w.tick()).toMatchObject({ outcome: 'refreshed' });
    },
  );

  it('a secret that does not exist is no secret that is still empty: it blocks and fails the tick, at the first deployment too', async () => {
    const w = world();
    const message = "Secrets Manager can't find the specified secret.";
    const gone = new ResourceNotFoundException({ message, $metadata: {} });
    w.secretsManager
      .on(GetSecretValueCommand)
      .rejectsOnce(gone)
      .rejectsOnce(gone)
      .resolves({ VersionId: 'v1', SecretString: CREDENTIALS });
    await expect(w.tick()).rejects.toMatchObject({
      code: 'credentials_missing',
      message: 'the secret does not exist: restore it, or correct the ARN and deploy',
    });
    expect(w.status().state).toBe('blocked');
    w.advance(60);
    expect((await w.tick()).outcome).toBe('blocked');
    expect(w.calls().token).toBe(0);
    w.advance(60);
    expect(await w.tick()).toMatchObject({ outcome: 'refreshed' });
  });

  it('a connection that still waits writes its status once', async () => {
    const w = world();
    w.state.secrets = {};
    await w.tick();
    w.advance(60);
    await w.tick();
    expect(w.calls().PutParameter).toBe(1);
  });

  it('the first tick after the secret is filled in refreshes', async () => {
    const w = world();
    w.state.secrets = {};
    await w.tick();
    w.state.secrets = { AWSCURRENT: secret('v1') };
    expect((await w.tick()).outcome).toBe('refreshed');
  });

  it.each([
    ['not JSON', 'hunter2-hunter2', 'the secret is not JSON'],
    ['a list', '["hunter2-hunter2"]', 'the secret is not a JSON object'],
    ['a text', '"hunter2-hunter2"', 'the secret is not a JSON object'],
    ['without client_id', '{"client_secret":"hunter2-hunter2"}', 'the secret has no client_id'],
    ['without client_secret', '{"client_id":"hunter2-hunter2"}', 'the secret has no client_secret'],
    [
      'with a number',
      '{"client_id":"a","client_secret":123456789}',
      'client_secret in the secret is not a string',
    ],
    [
      'with a space',
      '{"client_id":"hunter2 ","client_secret":"b"}',
      'client_id in the secret begins or ends',
    ],
  ])(
    'a secret %s blocks, naming the field and never its value, without a provider call',
    async (_, text, message) => {
      const w = world();
      w.state.secrets = { AWSCURRENT: secret('v1', text) };
      const answer = await w.tick({ action: 'refresh' });
      expect(answer).toMatchObject({
        outcome: 'blocked',
        state: 'blocked',
        reason: expect.stringContaining(message),
      });
      expect(w.calls().token).toBe(0);
      expect(JSON.stringify([answer, w.status(), w.state.log])).not.toMatch(/hunter2|123456789/);
    },
  );

  it('a binary secret blocks and says how to write it: it is not empty', async () => {
    const w = world();
    w.secretsManager
      .on(GetSecretValueCommand)
      .resolves({ VersionId: 'v1', SecretBinary: new TextEncoder().encode('hunter2-hunter2') });
    expect(await w.tick({ action: 'refresh' })).toMatchObject({
      outcome: 'blocked',
      reason: 'the secret is binary: write it as text: {"client_id":"…","client_secret":"…"}',
    });
    expect(w.status()).toMatchObject({
      secretVersion: 'v1',
      failures: { error: { code: 'credentials_invalid' } },
    });
    expect(w.calls().token).toBe(0);
  });

  it('AWSPREVIOUS is tried once where AWSCURRENT is rejected, and the status says which one worked', async () => {
    const w = world();
    w.state.secrets = { AWSCURRENT: secret('v2'), AWSPREVIOUS: secret('v1', other) };
    w.state.answers = [rejected, {}];
    const answer = await w.tick();
    expect(answer).toMatchObject({ outcome: 'refreshed' });
    expect(answer.reason).toContain('AWSCURRENT was rejected, AWSPREVIOUS worked');
    expect(w.metrics()).toMatchObject({ PreviousCredentials: 1 });
    expect(w.status().secretVersion).toBe('v1');
    expect(w.state.sent.map((body) => body.get('client_secret'))).toEqual(['the-secret', 'the-older-secret']);
  });

  describe('an AWSCURRENT that was rejected while AWSPREVIOUS works', () => {
    const onPrevious = async () => {
      const w = world();
      w.state.secrets = { AWSCURRENT: secret('v2'), AWSPREVIOUS: secret('v1', other) };
      w.state.answers = [rejected, {}];
      await w.tick();
      w.state.sent.length = 0;
      w.advance(1000);
      return w;
    };
    const sent = ({ state }: ReturnType<typeof world>) => state.sent.map((body) => body.get('client_secret'));

    it('is not tried again within half an hour: failed logins can lock an account', async () => {
      const w = await onPrevious();
      expect((await w.tick()).reason).toContain('AWSCURRENT was rejected, AWSPREVIOUS worked');
      expect(sent(w)).toEqual(['the-older-secret']);
      expect(w.status()).toMatchObject({
        secretVersion: 'v1',
        rejected: { secretVersion: 'v2', at: at(0) },
      });
    });

    it('is not tried again by asking for a refresh without force, however often: the token is fresh', async () => {
      const w = await onPrevious();
      w.setStatus({ ...w.status(), renewAt: at(1700) });
      for (let asked = 0; asked < 3; asked += 1) {
        w.advance(10);
        expect(await w.tick({ action: 'refresh' })).toMatchObject({ outcome: 'fresh', tokenVersion: 1 });
      }
      expect(sent(w)).toEqual([]);
      w.state.secrets = { AWSCURRENT: secret('v3'), AWSPREVIOUS: secret('v2') };
      expect((await w.tick({ action: 'refresh' })).outcome).toBe('refreshed');
      expect(sent(w)).toEqual(['the-secret']);
    });

    it('is tried again after that, and forgotten where it works', async () => {
      const w = await onPrevious();
      w.advance(799);
      await w.tick();
      w.advance(1);
      w.setToken('written-by-hand');
      expect((await w.tick()).reason).toBe('refreshed');
      expect(sent(w)).toEqual(['the-older-secret', 'the-secret']);
      expect(w.status()).toMatchObject({ secretVersion: 'v2', rejected: null });
    });

    it('is tried again at once where it is a new version', async () => {
      const w = await onPrevious();
      w.state.secrets = { AWSCURRENT: secret('v3'), AWSPREVIOUS: secret('v2') };
      await w.tick();
      expect(sent(w)).toEqual(['the-secret']);
      expect(w.status()).toMatchObject({ secretVersion: 'v3', rejected: null });
    });

    it('is tried again at once by force', async () => {
      const w = await onPrevious();
      await w.tick({ action: 'refresh', force: true });
      expect(sent(w)).toEqual(['the-secret']);
    });

    it('is tried again at once where AWSPREVIOUS is gone', async () => {
      const w = await onPrevious();
      w.state.secrets = { AWSCURRENT: secret('v2') };
      await w.tick();
      expect(sent(w)).toEqual(['the-secret']);
    });

    it('is tried once where AWSPREVIOUS is rejected: the provider has switched meanwhile', async () => {
      const w = await onPrevious();
      w.state.answers = [rejected, {}];
      expect((await w.tick()).outcome).toBe('refreshed');
      expect(sent(w)).toEqual(['the-older-secret', 'the-secret']);
      expect(w.status()).toMatchObject({ secretVersion: 'v2', rejected: null });
    });

    it('is what is blocked, until the probe, where both are rejected', async () => {
      const w = await onPrevious();
      w.state.answers = [rejected, { status: 403, body: {} }];
      await expect(w.tick()).rejects.toMatchObject({ code: 'credentials_rejected', status: 403 });
      expect(sent(w)).toEqual(['the-older-secret', 'the-secret']);
      expect(w.status()).toMatchObject({ state: 'blocked', secretVersion: 'v2', nextAttemptAt: at(2800) });
    });

    it.each([
      ['answered', {}],
      ['rejected', rejected],
    ])(
      'is %s when asked again after another run wrote, without a second login with AWSPREVIOUS',
      async (_, answer) => {
        const w = await onPrevious();
        w.state.answers = [rejected, {}, answer];
        w.state.beforeTokenRequest = () => w.setToken('of-another-run');
        await w.tick().catch(() => undefined);
        expect(sent(w)).toEqual(['the-older-secret', 'the-secret', 'the-secret']);
      },
    );

    it('is not given up while it cannot be asked, and AWSPREVIOUS is rejected at three ticks, not at each', async () => {
      const w = await onPrevious();
      const codes = [];
      for (let tick = 0; tick < 3; tick += 1) {
        w.state.answers = [rejected, { status: 503 }];
        codes.push(await w.tick().catch((error: { code: string }) => error.code));
        w.advance(60);
      }
      w.state.answers = [{ status: 503 }, {}];
      codes.push(await w.tick().catch((error: { code: string }) => error.code));
      expect(codes).toEqual(Array(4).fill('provider_unavailable'));
      expect(sent(w)).toEqual([...Array(3).fill(['the-older-secret', 'the-secret']).flat(), 'the-secret']);
      w.advance(60);
      await expect(w.tick()).resolves.toMatchObject({ outcome: 'refreshed' });
      expect(w.status()).toMatchObject({ state: 'fresh', secretVersion: 'v2', rejected: null });
    });
  });

  it('AWSPREVIOUS is left alone where it holds the same credentials', async () => {
    const w = world();
    w.state.secrets = { AWSCURRENT: secret('v2'), AWSPREVIOUS: secret('v1') };
    w.state.answers = [rejected];
    await expect(w.tick()).rejects.toMatchObject({ code: 'credentials_rejected' });
    expect(w.calls().token).toBe(1);
  });

  it('both rejected: blocked, and no call until the secret changes, the probe is due or force', async () => {
    const w = world();
    w.state.secrets = { AWSCURRENT: secret('v2'), AWSPREVIOUS: secret('v1', other) };
    w.state.answers = [rejected, rejected];
    await expect(w.tick()).rejects.toMatchObject({ code: 'credentials_rejected', status: 401 });
    expect(w.status()).toMatchObject({ state: 'blocked', secretVersion: 'v2', nextAttemptAt: at(1800) });

    w.advance(60);
    expect(await w.tick()).toMatchObject({ outcome: 'blocked', nextAttemptAt: at(1800) });
    expect(w.calls().token).toBe(2);

    w.state.secrets = { AWSCURRENT: secret('v3') };
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.calls().token).toBe(3);
  });

  it('a blocked connection is probed after 30 minutes', async () => {
    const w = world();
    w.state.answers = [rejected, rejected];
    await w.tick().catch(() => undefined);
    w.advance(30 * 60);
    await w.tick().catch(() => undefined);
    expect(w.calls().token).toBe(2);
  });

  it('an unreadable secret is a transient failure without a provider call', async () => {
    const w = world();
    w.secretsManager.rejects(Object.assign(new Error('no'), { name: 'AccessDeniedException' }));
    await expect(w.tick()).rejects.toThrow('the secret could not be read (AccessDeniedException)');
    expect(w.status()).toMatchObject({ state: 'failing' });
    expect(w.calls().token).toBe(0);
  });
});

describe('failures', () => {
  it('the first failing run tries three times with full jitter, the next ones once a tick', async () => {
    const w = world();
    w.state.answers = Array.from({ length: 10 }, unreachable);
    await expect(w.tick()).rejects.toMatchObject({ code: 'unreachable' });
    expect(w.calls().token).toBe(3);
    expect(w.state.waits).toEqual([500, 1000]);
    w.advance(60);
    await expect(w.tick()).rejects.toMatchObject({ code: 'unreachable' });
    expect(w.calls().token).toBe(4);
    expect(w.status().failures).toMatchObject({ consecutive: 2, since: at(0) });
  });

  it('a duplicate of a failing tick makes no further call', async () => {
    const w = world();
    w.state.answers = Array.from({ length: 10 }, unreachable);
    await w.tick().catch(() => undefined);
    w.advance(1);
    expect(await w.tick()).toMatchObject({ outcome: 'failed', state: 'failing' });
    expect(w.calls().token).toBe(3);
  });

  it('a tick fails its invocation after it has written the status; ops get the answer', async () => {
    const w = world();
    w.state.answers = [unreachable(), unreachable(), unreachable(), unreachable()];
    await expect(w.tick()).rejects.toThrow('no connection to the token endpoint');
    expect(w.status().state).toBe('failing');
    expect(await w.tick({ action: 'refresh', force: true })).toMatchObject({
      outcome: 'failed',
      state: 'failing',
    });
  });

  it('a grant that is refused counts as blocked where nobody can log in, so that the alarm goes on', async () => {
    const w = world();
    w.state.answers = [{ status: 400, body: { error: 'invalid_grant' } }];
    await expect(w.tick()).rejects.toMatchObject({ code: 'invalid_grant' });
    expect(w.status().state).toBe('reauthorization-required');
    expect(w.metrics()).toMatchObject({ Blocked: 1, Failed: 1 });
    expect(w.metrics()).not.toHaveProperty('ReauthorizationRequired');
    w.advance(60);
    await w.tick();
    expect(w.metrics()).toMatchObject({ Blocked: 1 });
  });

  it('the stored token survives every failure', async () => {
    const w = world();
    await w.tick();
    w.advance(1000);
    for (const answer of [
      unreachable(),
      rejected,
      { status: 404 },
      { body: '<html>' },
      { status: 400, body: { error: 'invalid_grant' } },
    ]) {
      w.state.answers = [answer, answer, answer];
      await w.tick({ action: 'refresh', force: true });
      expect(w.token()).toBe('token-1');
      expect(w.status()).toMatchObject({ tokenVersion: 1, expiresAt: at(1800) });
    }
  });

  it('Retry-After is waited for across ticks', async () => {
    const w = world();
    await w.tick();
    w.advance(1000);
    w.state.answers = [{ status: 429, retryAfter: '120' }];
    await w.tick().catch(() => undefined);
    expect(w.calls().token).toBe(2);
    expect(w.status().nextAttemptAt).toBe(at(1120));
    w.advance(60);
    expect((await w.tick()).outcome).toBe('failed');
    expect(w.calls().token).toBe(2);
    w.advance(60);
    expect((await w.tick()).outcome).toBe('refreshed');
  });

  it('a Retry-After of a year is capped so that a tick is left before the token expires', async () => {
    const w = world({ lifetimeSeconds: 36_000, renewBeforeSeconds: 18_000, tickSeconds: 900 });
    w.state.answers = [{ body: { access_token: 'long', expires_in: 36_000 } }];
    await w.tick();
    w.advance(18_000);
    w.state.answers = [{ status: 429, retryAfter: '31536000' }];
    await w.tick().catch(() => undefined);
    expect(w.status().nextAttemptAt).toBe(at(35_100));
  });

  it('recovery clears the failures', async () => {
    const w = world();
    w.state.answers = [unreachable(), unreachable(), unreachable()];
    await w.tick().catch(() => undefined);
    w.advance(60);
    await w.tick();
    expect(w.status().failures).toEqual({ consecutive: 0, since: null, error: null });
  });

  it('a token that cannot be stored is a failure that never shows it', async () => {
    const w = world();
    const quoting = Object.assign(new Error("Value 'token-1' at 'value' failed to satisfy constraint"), {
      name: 'ValidationException',
    });
    w.ssm.on(PutParameterCommand, { Type: 'SecureString' }).rejects(quoting);
    const error = await w.tick().catch((caught) => caught);
    expect(error).toMatchObject({ code: 'token_not_stored' });
    expect(error.cause).toBeUndefined();
    expect(error.message).toContain('ValidationException');
    expect(`${error.stack}${JSON.stringify(w.status())}${w.state.log}`).not.toContain('token-1');
  });

  it('a status that cannot be read fails the run before anything is called', async () => {
    const w = world();
    w.ssm.rejects(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }));
    await expect(w.tick()).rejects.toMatchObject({ code: 'status_unreadable' });
    expect(w.calls()).toMatchObject({ GetSecretValue: 0, token: 0 });
  });

  it('a status that was damaged by hand costs a refresh and heals', async () => {
    const w = world();
    await w.tick();
    w.state.values.set(w.connection.statusParameter, '{"schema":1,');
    w.advance(60);
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.status().state).toBe('fresh');
  });

  it('a status from a clock that was ahead is not trusted', async () => {
    const w = world();
    w.advance(86_400);
    await w.tick();
    w.advance(-86_400);
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.status().expiresAt).toBe(at(1800));
  });

  it("a status of another provider is not this connection's", async () => {
    const w = world();
    w.setStatus({
      ...initialStatus('uqudo', 'igni'),
      state: 'fresh',
      tokenVersion: 1,
      expiresAt: at(99_999),
      renewAt: at(9999),
    });
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.status().provider).toBe('uqudo');
  });
});

describe('ops', () => {
  it('refresh without force answers why a fresh token is not renewed, and when it will be', async () => {
    const w = world();
    await w.tick();
    w.advance(60);
    expect(await w.tick({ action: 'refresh' })).toMatchObject({
      outcome: 'fresh',
      reason: `fresh: renewal is due at ${w.status().renewAt}`,
    });
  });

  it('refresh without force renews where the secret has changed', async () => {
    const w = world();
    await w.tick();
    w.state.secrets = { AWSCURRENT: secret('v2') };
    expect((await w.tick({ action: 'refresh', reason: 'new secret version' })).outcome).toBe('refreshed');
  });

  it('takes force as text too, as a runbook may send it', async () => {
    const w = world();
    await w.tick();
    expect(await w.tick({ action: 'refresh', force: 'false' })).toMatchObject({ outcome: 'fresh' });
    expect(await w.tick({ action: 'refresh', force: 'true' })).toMatchObject({ outcome: 'refreshed' });
  });

  it('force beats due', async () => {
    const w = world();
    await w.tick();
    expect(await w.tick({ action: 'refresh', force: true, reason: 'key leaked' })).toMatchObject({
      outcome: 'refreshed',
    });
    expect(w.token()).toBe('token-2');
  });

  it('force beats a pause, which goes on', async () => {
    const w = world();
    await w.tick({ action: 'pause', until: at(3600) });
    expect(await w.tick({ action: 'refresh', force: true })).toMatchObject({
      outcome: 'refreshed',
      state: 'paused',
    });
    expect((await w.tick()).outcome).toBe('paused');
  });

  it('force beats backoff and blocked', async () => {
    const w = world();
    w.state.answers = [rejected];
    await w.tick().catch(() => undefined);
    expect((await w.tick({ action: 'refresh', force: true })).outcome).toBe('refreshed');
  });

  it('a paused connection is left alone until the time is up', async () => {
    const w = world();
    await w.tick();
    const paused = await w.tick({ action: 'pause', until: at(1200), reason: 'maintenance' });
    expect(paused).toMatchObject({
      outcome: 'paused',
      state: 'paused',
      reason: 'paused by ops: maintenance',
    });
    w.advance(1000);
    expect(await w.tick()).toMatchObject({ outcome: 'paused', reason: expect.stringContaining(at(1200)) });
    expect(await w.tick({ action: 'refresh' })).toMatchObject({ outcome: 'paused' });
    expect(w.calls().token).toBe(1);
    w.advance(200);
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(w.status()).toMatchObject({ state: 'fresh', pausedUntil: null });
  });

  it('the first tick after a pause writes that it is over, and those after it are quiet again', async () => {
    const w = world();
    await w.tick();
    await w.tick({ action: 'pause', until: at(600), reason: 'maintenance' });
    w.advance(600);
    const reason = 'the pause is over: fresh';
    expect(await w.tick({ action: 'status' })).toMatchObject({ state: 'fresh', reason });
    expect(await w.tick()).toMatchObject({ outcome: 'fresh' });
    expect(w.status()).toMatchObject({ state: 'fresh', pausedUntil: null, reason });
    const { GetParameters, ...others } = w.calls();
    w.advance(60);
    await w.tick();
    expect(w.calls()).toEqual({ ...others, GetParameters: GetParameters + 1 });
  });

  it('so does the first tick of what is blocked, which only looks at the secret', async () => {
    const w = world();
    w.state.answers = [rejected];
    await w.tick().catch(() => undefined);
    await w.tick({ action: 'pause', until: at(600) });
    w.advance(600);
    expect((await w.tick()).outcome).toBe('blocked');
    expect(w.status()).toMatchObject({
      state: 'blocked',
      reason: expect.stringMatching(/^the pause is over: the provider rejected the credentials/),
    });
    expect(w.calls().token).toBe(1);
  });

  it('says so where the token expires before the pause ends', async () => {
    const w = world();
    await w.tick();
    expect((await w.tick({ action: 'pause', until: at(7200) })).reason).toContain(`expires at ${at(1800)}`);
  });

  it('resume ends a pause, and what was blocked is blocked again', async () => {
    const w = world();
    w.state.answers = [rejected];
    await w.tick().catch(() => undefined);
    await w.tick({ action: 'pause', until: at(600) });
    expect(await w.tick({ action: 'resume' })).toMatchObject({ outcome: 'blocked', state: 'blocked' });
    expect(w.status().pausedUntil).toBeNull();
  });

  it('status answers without a write or any other call', async () => {
    const w = world();
    await w.tick();
    const before = w.calls();
    expect(await w.tick({ action: 'status' })).toMatchObject({ outcome: 'fresh', tokenVersion: 1 });
    expect(w.calls()).toEqual({ ...before, GetParameters: before.GetParameters + 1 });
  });

  it('a pause set while a refresh was under way is not lost', async () => {
    const w = world();
    await w.tick();
    w.advance(1000);
    let paused = false;
    w.ssm.on(PutParameterCommand, { Type: 'SecureString' }).callsFake(() => {
      if (!paused) w.setStatus({ ...w.status(), state: 'paused', pausedUntil: at(9999) });
      paused = true;
      return { Version: 2 };
    });
    await w.tick();
    expect(w.status()).toMatchObject({ state: 'paused', pausedUntil: at(9999), tokenVersion: 2 });
  });

  it.each([
    [{ action: 'delete' }, 'event.action must be one of tick, refresh, pause, resume, status'],
    [{ action: 'refresh', force: 'yes' }, 'event.force must be true or false'],
    [{ action: 'refresh', reason: 7 }, 'event.reason must be a string'],
    [{ action: 'pause' }, 'event.until must be a time to come'],
    [{ action: 'pause', until: '2h' }, 'event.until must be a time to come'],
    [{ action: 'pause', until: '2030-01-01' }, 'event.until must be a time to come'],
    [{ action: 'pause', until: '2029-12-31T23:59:59Z' }, 'event.until must be a time to come'],
    ['tick', 'the event must be a JSON object'],
    [null, 'the event must be a JSON object'],
    [[], 'the event must be a JSON object'],
  ])('%j is refused: %s', async (event, message) => {
    const w = world();
    await expect(w.tick(event)).rejects.toThrow(message);
    expect(w.calls()).toEqual({ GetParameters: 0, PutParameter: 0, GetSecretValue: 0, token: 0 });
  });
});

describe('a connection for which a person has to log in', () => {
  it('is not refreshed: no schedule can log in', () => {
    const settings = { redirectUris: ['https://www.example.com/cb'] };
    expect(() => world({ connection: 'uae-pass', provider: 'uae-pass', settings })).toThrow(
      'uae-pass takes a login and cannot be refreshed: its function is watch.handler',
    );
  });
});
