import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { describe, expect, it } from 'vitest';
import { configurationOf } from '../functions/connection.ts';
import { firstTicks } from '../functions/deployment/first-ticks.ts';
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

  describe('renews the token itself', () => {
    /** What the deployment says, with the refresh function behind it, and how many seconds it took. */
    const deploy = async (w: ReturnType<typeof world>) => {
      const { connection, tokenParameter, statusParameter } = w.connection;
      const prefix = tokenParameter.slice(0, tokenParameter.indexOf('/tokens/'));
      w.ssm.on(GetParametersByPathCommand).resolves({ Parameters: [{ Name: statusParameter }] });
      const lambda = mockClient(LambdaClient);
      lambda.on(InvokeCommand).callsFake(async ({ Payload }: { Payload: string }) => {
        const answer = await w.tick(JSON.parse(Payload)).catch(() => null);
        return answer === null
          ? { FunctionError: 'Unhandled' }
          : { Payload: Buffer.from(JSON.stringify(answer)) };
      });
      w.deploy({ keyArn: null });
      const properties = (keyArn: string) => ({
        prefix,
        functions: { [connection]: 'function' },
        configurations: { [connection]: keyArn },
      });
      const startedAt = w.state.now;
      const said = await firstTicks(
        {
          RequestType: 'Update',
          ResourceProperties: properties('another'),
          OldResourceProperties: properties('the one before'),
        } as never,
        {
          ssm: new SSMClient({}),
          lambda: () => new LambdaClient({}),
          now: () => w.state.now,
          wait: async (ms) => w.advance(ms / 1000),
        },
      );
      return { said, took: (w.state.now - startedAt) / 1000 };
    };
    const unavailable: Wire = { status: 503 };

    it('also where the provider is down for a minute and the next tick would be fifteen away', async () => {
      const w = world({ tickSeconds: 900 });
      await w.tick();
      w.state.answers = [unavailable, unavailable, unavailable, unavailable];
      const { said, took } = await deploy(w);
      expect(said).toBe('every connection has reported');
      expect(w.token()).toBe('token-6');
      expect(took).toBeLessThan(90);
    });

    it('without another rejected login where the credentials are rejected', async () => {
      const w = world({ tickSeconds: 900 });
      await w.tick();
      w.state.answers = [rejected];
      expect((await deploy(w)).said).toBe('every connection has reported');
      expect(w.calls().token).toBe(2);
      expect(w.status().state).toBe('blocked');
    });

    it('and gives up in time for a provider that stays down, which it has asked a few times', async () => {
      const w = world({ tickSeconds: 900 });
      await w.tick();
      w.state.answers = Array.from({ length: 20 }, () => unavailable);
      const { said, took } = await deploy(w);
      expect(said).toBe(`configured otherwise and not refreshed yet: ${w.connection.connection}`);
      expect(took).toBeLessThan(170);
      expect(w.calls().token).toBeLessThan(10);
      expect(w.token()).toBe('token-1');
    });
  });
});
