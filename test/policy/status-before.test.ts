import { describe, expect, it } from 'vitest';
import { statusBefore } from '../../functions/policy/status-before.ts';
import { initialStatus, type Status } from '../../functions/status.ts';
import { AWAITING, at, BLOCKED, FAILING, FRESH, NOW, paused } from './statuses.ts';

const uqudo = { connection: 'uqudo', provider: 'uqudo' };
const goesOnFrom = (status: Status | null, tokenVersion: number | null = 7) =>
  statusBefore({ status, tokenVersion }, uqudo, NOW);

describe('the status a run goes on from', () => {
  it.each([
    ['fresh', FRESH],
    ['failing', FAILING],
    ['blocked', BLOCKED],
  ])('is the stored one: %s', (_, status) => {
    expect(goesOnFrom(status)).toBe(status);
  });

  it('is the stored one where another token is stored: what it describes stays true', () => {
    expect(goesOnFrom(FRESH, 9)).toBe(FRESH);
  });

  it('is an initial one where there is none', () => {
    expect(goesOnFrom(null)).toEqual(initialStatus('uqudo', 'uqudo'));
  });

  it.each([
    ['provider', { ...FRESH, provider: 'igni' }],
    ['connection', { ...FRESH, connection: 'other' }],
  ])('is an initial one where the stored one is of another %s', (_, status) => {
    expect(goesOnFrom(status)).toEqual(initialStatus('uqudo', 'uqudo'));
  });

  it('promises nothing of a token that is gone, and remembers the rest', () => {
    expect(goesOnFrom(FRESH, null)).toEqual({
      ...FRESH,
      tokenVersion: null,
      issuedAt: null,
      expiresAt: null,
      renewAt: null,
      fingerprint: null,
    });
  });

  it('is the stored one where there never was a token', () => {
    const status = { ...BLOCKED, tokenVersion: null, expiresAt: null };
    expect(goesOnFrom(status, null)).toBe(status);
  });
});

describe('a pause that is over', () => {
  it.each([
    ['fresh', FRESH, 'fresh'],
    ['blocked', BLOCKED, 'the provider rejected the credentials'],
    ['awaiting-credentials', initialStatus('uqudo', 'uqudo'), 'awaiting-credentials'],
  ] as const)('is no pause any more, and says so once: %s', (state, status, why) => {
    const was = { ...paused(status, 0), reason: 'paused by ops: maintenance' };
    const { tokenVersion } = status;
    const settled = { ...status, state, pausedUntil: null, reason: `the pause is over: ${why}` };
    expect(goesOnFrom(was, tokenVersion)).toEqual(settled);
    expect(goesOnFrom(settled, tokenVersion)).toBe(settled);
  });

  it('is none either where its end is not known', () => {
    expect(goesOnFrom({ ...FRESH, state: 'paused' })).toMatchObject({ state: 'fresh' });
  });

  it('goes on a millisecond before its end', () => {
    const still = paused(FRESH, 0.001);
    expect(goesOnFrom(still)).toBe(still);
  });
});

describe('a clock that was ahead', () => {
  it('has given a token more life than it has: it gets what it was issued with, and is due', () => {
    const ahead: Status = {
      ...FRESH,
      issuedAt: at(86_400),
      expiresAt: at(88_200),
      renewAt: at(87_300),
      nextAttemptAt: at(87_300),
      lastAttempt: { at: at(86_399), outcome: 'refreshed', durationMs: 100 },
    };
    expect(goesOnFrom(ahead)).toEqual({
      ...ahead,
      issuedAt: at(0),
      expiresAt: at(1800),
      renewAt: null,
      nextAttemptAt: null,
      lastAttempt: { at: at(0), outcome: 'refreshed', durationMs: 100 },
    });
  });

  it('is put right once: the result is taken as it is', () => {
    const once = goesOnFrom({ ...FRESH, issuedAt: at(86_400), expiresAt: at(88_200) });
    expect(goesOnFrom(once)).toBe(once);
  });

  it('has planned an attempt too late, whatever was attempted', () => {
    const ahead = { ...FAILING, lastAttempt: { at: at(3600), outcome: 'failed', durationMs: 1 } } as const;
    expect(goesOnFrom(ahead)).toEqual({
      ...FAILING,
      lastAttempt: { at: at(0), outcome: 'failed', durationMs: 1 },
      renewAt: null,
      nextAttemptAt: null,
    });
  });

  it('has remembered a rejection for longer than half an hour: it is one of now', () => {
    const ahead = { ...FRESH, rejected: { secretVersion: 'v2', at: at(61) } };
    expect(goesOnFrom(ahead)).toEqual({
      ...FRESH,
      rejected: { secretVersion: 'v2', at: at(0) },
      renewAt: null,
      nextAttemptAt: null,
    });
  });

  it('leaves a rejection of before as it is', () => {
    const rejected = { secretVersion: 'v2', at: at(-60) };
    expect(goesOnFrom({ ...FRESH, issuedAt: at(86_400), expiresAt: at(88_200), rejected }).rejected).toEqual(
      rejected,
    );
  });

  it.each([
    ['later than the slow probe and the token', at(1861), null],
    ['at the slow probe', at(1860), at(1860)],
  ])('may have planned an attempt %s', (_, nextAttemptAt, expected) => {
    expect(goesOnFrom({ ...BLOCKED, nextAttemptAt }).nextAttemptAt).toBe(expected);
  });

  it('an attempt before a far expiry is no sign of it', () => {
    const far = { ...FAILING, expiresAt: at(86_400), nextAttemptAt: at(86_340) };
    expect(goesOnFrom(far)).toBe(far);
  });

  it.each([
    ['issuedAt', { ...FRESH, issuedAt: at(60) }],
    ['rejected', { ...FRESH, rejected: { secretVersion: 'v2', at: at(60) } }],
    ['lastAttempt', { ...FRESH, lastAttempt: { at: at(60), outcome: 'refreshed', durationMs: 1 } } as const],
  ])('by no more than clocks may be apart does not matter: %s', (_, status) => {
    expect(goesOnFrom(status)).toBe(status);
  });

  it('without a token or an attempt there is nothing to put right but the plan', () => {
    const empty = { ...initialStatus('uqudo', 'uqudo'), nextAttemptAt: at(9999) };
    expect(goesOnFrom(empty, null)).toEqual({ ...empty, nextAttemptAt: null });
  });
});

describe('the status of a connection that was deployed with another configuration', () => {
  const deployed = (status: Status, configuration: string, tokenVersion: number | null = 7) =>
    statusBefore({ status, tokenVersion }, { ...uqudo, configuration }, NOW);
  const written = { ...FRESH, configuration: 'demo' };

  it('is the stored one where nothing changed, or where it is not known what it was', () => {
    expect(deployed(written, 'demo')).toBe(written);
    expect(deployed(FRESH, 'demo')).toBe(FRESH);
    expect(goesOnFrom(written)).toBe(written);
  });

  it('is due, and describes the token that is still there', () => {
    expect(deployed(written, 'production')).toEqual({
      ...written,
      configuration: 'production',
      renewAt: null,
      nextAttemptAt: null,
    });
  });

  it.each([
    ['blocked', BLOCKED],
    ['failing', FAILING],
  ])('is no longer %s', (_, status) => {
    expect(deployed({ ...status, configuration: 'demo' }, 'production')).toEqual({
      ...status,
      configuration: 'production',
      state: 'fresh',
      failures: FRESH.failures,
      renewAt: null,
      nextAttemptAt: null,
    });
  });

  it('stays paused', () => {
    const status = paused({ ...BLOCKED, configuration: 'demo' }, 600);
    expect(deployed(status, 'production')).toMatchObject({
      state: 'paused',
      pausedUntil: at(600),
      failures: FRESH.failures,
    });
  });

  it('awaits credentials again where there were none', () => {
    expect(
      deployed({ ...AWAITING, secretVersion: null, configuration: 'demo' }, 'production', null),
    ).toMatchObject({ state: 'awaiting-credentials', failures: FRESH.failures });
  });
});
