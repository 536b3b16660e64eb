import { describe, expect, it } from 'vitest';
import { configurationOf } from '../functions/connection.ts';
import { CONNECTION } from './connection.ts';
import { type Wire, world } from './world.ts';

const rejected: Wire = { status: 401, body: {} };
const notFound: Wire = { status: 404, body: {} };

describe('what a token is requested, stored and renewed with', () => {
  it('is the same in whatever order the settings are written', () => {
    const one = { ...CONNECTION, settings: { a: 1, b: { c: [2, { e: 3, d: 4 }] } } };
    const two = { ...CONNECTION, settings: { b: { c: [2, { d: 4, e: 3 }] }, a: 1 } };
    expect(configurationOf(one)).toBe(configurationOf(two));
    expect(configurationOf(one)).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each([
    ['a setting', { settings: { environment: 'production' } }],
    ['the order of a list', { settings: { list: [2, 1] } }],
    ['the provider', { provider: 'igni' }],
    ['the secret', { secretArn: `${CONNECTION.secretArn}-2` }],
    ['the key', { keyArn: null }],
    ['renewBefore', { renewBeforeSeconds: 800 }],
  ])('is another one with %s', (_, changes) => {
    const before = { ...CONNECTION, settings: { list: [1, 2] } };
    expect(configurationOf({ ...before, ...changes })).not.toBe(configurationOf(before));
  });

  it('is the same with another tick, which costs no token', () => {
    const other = { ...CONNECTION, tickSeconds: 120 };
    expect(configurationOf(other)).toBe(configurationOf(CONNECTION));
  });
});

describe('a deployment', () => {
  const refreshed = async () => {
    const w = world();
    await w.tick();
    w.advance(60);
    return w;
  };

  it('that changes the settings refreshes at the next tick, once', async () => {
    const w = await refreshed();
    w.deploy({ keyArn: null });
    expect(await w.tick()).toMatchObject({ outcome: 'refreshed', tokenVersion: 2 });
    w.advance(60);
    expect(await w.tick()).toMatchObject({ outcome: 'fresh', tokenVersion: 2 });
    expect(w.calls().token).toBe(2);
  });

  it('that changes none of them costs no token', async () => {
    const w = await refreshed();
    w.deploy({ tickSeconds: 120 });
    expect((await w.tick()).outcome).toBe('fresh');
  });

  it('that raises renewBefore renews at once, so that no reader caches by it a token renewed as before', async () => {
    const w = world({ renewBeforeSeconds: 450 });
    await w.tick();
    w.advance(60);
    w.deploy({ renewBeforeSeconds: 900 });
    expect((await w.tick()).outcome).toBe('refreshed');
    expect(Date.parse(w.status().renewAt ?? '')).toBeLessThanOrEqual(w.state.now + 900_000);
  });

  it.each([
    ['rejected credentials', rejected],
    ['a wrong address', notFound],
  ])('that mends the settings lifts a block by %s at the next tick', async (_, answer) => {
    const w = world();
    w.state.answers = [answer];
    await w.tick().catch(() => undefined);
    expect(w.status().state).toBe('blocked');
    w.deploy({ secretArn: `${w.connection.secretArn}-2` });
    w.advance(60);
    expect((await w.tick()).outcome).toBe('refreshed');
  });

  it('whose settings are refused blocks, and is not tried at every tick', async () => {
    const w = await refreshed();
    w.deploy({ keyArn: null });
    w.state.answers = [notFound];
    await expect(w.tick()).rejects.toMatchObject({ code: 'request_rejected' });
    w.advance(60);
    expect((await w.tick()).outcome).toBe('blocked');
    expect(w.token()).toBe('token-1');
    expect(w.calls().token).toBe(2);
  });

  it('leaves a paused connection alone, and refreshes it when the pause is over', async () => {
    const w = await refreshed();
    await w.tick({ action: 'pause', until: new Date(w.state.now + 600_000).toISOString() });
    w.deploy({ keyArn: null });
    w.advance(60);
    expect((await w.tick()).outcome).toBe('paused');
    w.advance(600);
    expect((await w.tick()).outcome).toBe('refreshed');
  });
});
