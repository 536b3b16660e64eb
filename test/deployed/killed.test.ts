import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../functions/issue.ts';
import { initialStatus, iso } from '../../functions/status.ts';
import type { LambdaProcess } from '../../infra/local/lambda-process.ts';
import { bundled, deployed } from './deployed.ts';

let bundle: ReturnType<typeof bundled>;
beforeAll(() => {
  bundle = bundled();
});
afterAll(() => bundle.remove());

const FORCE = JSON.stringify({ action: 'refresh', force: true });
/** The calls of a refresh that was not due: the second PutParameter is the token's, the others are the status's. */
const CALLS = ['GetParameters', 'GetSecretValue', 'PutParameter', 'token', 'PutParameter', 'PutParameter'];
const KILLED = { status: 500, body: {} };

type Death = { readonly call: number; readonly moment: 'before' | 'after' } | null;

/** The deployed function with a provider that revokes what it issued before; its process can die at any call. */
const mortal = async () => {
  const now = {
    death: null as Death,
    victim: null as LambdaProcess | null,
    calls: [] as string[],
    issued: 0,
  };
  const dies = async (moment: 'before' | 'after'): Promise<boolean> => {
    const isNow = now.death?.call === now.calls.length && now.death.moment === moment;
    if (isNow) await now.victim?.close();
    return isNow;
  };
  const w = await deployed({
    directory: bundle.directory,
    credentials: { client_id: 'the-client', client_secret: 'the-secret' },
    before: async ({ name }) => {
      now.calls.push(name);
      return (await dies('before')) ? KILLED : null;
    },
    after: async () => {
      await dies('after');
    },
    provider: async (_, response) => {
      now.calls.push('token');
      if (await dies('before')) return;
      now.issued += 1;
      await dies('after');
      const access_token = `token-${now.issued}`;
      response.end(JSON.stringify({ access_token, token_type: 'bearer', expires_in: 1800 }));
    },
  });
  return {
    ...w,
    latest: () => `token-${now.issued}`,
    /** A token that was issued just now, and is known to be fresh. */
    reset: () => {
      now.issued += 1;
      const at = Date.now();
      const renewAt = iso(at + 900_000);
      w.setStatus({
        ...initialStatus('uqudo', 'uqudo'),
        state: 'fresh',
        tokenVersion: w.setToken(`token-${now.issued}`),
        issuedAt: iso(at),
        expiresAt: iso(at + 1_800_000),
        renewAt,
        nextAttemptAt: renewAt,
        fingerprint: fingerprintOf(`token-${now.issued}`),
      });
    },
    invoke: async (process: LambdaProcess, payload: string, death: Death) => {
      Object.assign(now, { calls: [], death, victim: process });
      const { functionError, payload: answer } = await process.invoke(payload);
      return { calls: now.calls, functionError, answer: JSON.parse(answer) };
    },
  };
};

describe('the deployed function, forced to refresh at a provider that revokes what it issued before', () => {
  it('is killed at each of its calls, before and after their effect, and the next tick heals', async () => {
    const w = await mortal();
    const healer = w.start();
    w.reset();
    const alive = await w.invoke(healer, FORCE, null);
    expect(alive).toMatchObject({ calls: CALLS, answer: { outcome: 'refreshed' } });

    const outcomes: Record<string, unknown> = {};
    for (let call = 1; call <= CALLS.length; call += 1) {
      for (const moment of ['before', 'after'] as const) {
        w.reset();
        const killed = await w.invoke(w.start(), FORCE, { call, moment });
        expect(killed).toMatchObject({ functionError: 'Unhandled', calls: CALLS.slice(0, call) });
        const tick = await w.invoke(healer, '{}', null);
        outcomes[`${moment} call ${call}, ${CALLS[call - 1]}`] = [tick.functionError, tick.answer.outcome];
        expect(w.token()).toBe(w.latest());
        expect(w.status()).toMatchObject({ state: 'fresh', fingerprint: fingerprintOf(w.latest()) });
      }
    }
    expect(outcomes).toEqual({
      'before call 1, GetParameters': [null, 'fresh'],
      'after call 1, GetParameters': [null, 'fresh'],
      'before call 2, GetSecretValue': [null, 'fresh'],
      'after call 2, GetSecretValue': [null, 'fresh'],
      'before call 3, PutParameter': [null, 'fresh'],
      'after call 3, PutParameter': [null, 'refreshed'],
      'before call 4, token': [null, 'refreshed'],
      'after call 4, token': [null, 'refreshed'],
      'before call 5, PutParameter': [null, 'refreshed'],
      'after call 5, PutParameter': [null, 'refreshed'],
      'before call 6, PutParameter': [null, 'refreshed'],
      'after call 6, PutParameter': [null, 'fresh'],
    });
  }, 120_000);
});
