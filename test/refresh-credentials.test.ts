import { GetSecretValueCommand, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { CREDENTIALS, START, world } from './world.ts';

const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const secret = (version: string, text = CREDENTIALS) => ({ version, text });
const other = JSON.stringify({ client_id: 'the-client', client_secret: 'the-older-secret' });
const rejected = { status: 401, body: {} };

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
