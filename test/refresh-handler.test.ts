import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { RefreshError } from '../functions/errors.ts';
import { fingerprintOf } from '../functions/issue.ts';
import { initialStatus } from '../functions/status.ts';
import { START, world } from './world.ts';

const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
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

describe('a connection for which a person has to log in', () => {
  it('is not refreshed: no schedule can log in', () => {
    const settings = { redirectUris: ['https://www.example.com/cb'] };
    expect(() => world({ connection: 'uae-pass', provider: 'uae-pass', settings })).toThrow(
      'uae-pass takes a login and cannot be refreshed: its function is watch.handler',
    );
  });
});
