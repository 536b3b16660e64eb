import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { CREDENTIALS, START, world } from './world.ts';

const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();
const secret = (version: string, text = CREDENTIALS) => ({ version, text });
const rejected = { status: 401, body: {} };

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
