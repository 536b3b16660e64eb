import { describe, expect, it } from 'vitest';
import type { Action } from '../../functions/event.ts';
import { type Plan, planRun, stateNow, unlessBusy } from '../../functions/policy/plan.ts';
import { initialStatus, type Status } from '../../functions/status.ts';
import { AWAITING, at, BLOCKED, FAILING, FRESH, NOW, paused } from './statuses.ts';

const TICK: Action = { action: 'tick' };
const REFRESH: Action = { action: 'refresh', force: false, reason: null };
const FORCE: Action = { action: 'refresh', force: true, reason: null };
const plan = (status: Status, action: Action = TICK, stored?: number | null): Plan =>
  planRun(status, action, 'client_credentials', NOW, stored);

const notYet = (state: 'fresh' | 'failing' | 'blocked', reason: string) => ({ state, reason });
const FRESH_REASON = `fresh: renewal is due at ${at(300)}`;
const FAILING_REASON = `the provider is unavailable (HTTP 503): next attempt at ${at(30)}`;
const BLOCKED_REASON = `the provider rejected the credentials: next attempt at ${at(1710)}`;

describe('a tick', () => {
  it.each([
    ['fresh', FRESH, { do: 'nothing', ...notYet('fresh', FRESH_REASON) }],
    ['failing', FAILING, { do: 'nothing', ...notYet('failing', FAILING_REASON) }],
    [
      'blocked',
      BLOCKED,
      { do: 'refresh', attempts: 1, ifSecretIsNot: 'v1', early: true, ...notYet('blocked', BLOCKED_REASON) },
    ],
    [
      'awaiting credentials',
      AWAITING,
      {
        do: 'refresh',
        attempts: 3,
        ifSecretIsNot: 'v1',
        early: false,
        state: 'awaiting-credentials',
        reason: 'the secret is empty',
      },
    ],
    [
      'new',
      initialStatus('uqudo', 'uqudo'),
      {
        do: 'refresh',
        attempts: 3,
        ifSecretIsNot: null,
        early: false,
        state: 'awaiting-credentials',
        reason: 'no token has been requested yet',
      },
    ],
    [
      'paused',
      paused(FRESH, 600),
      {
        do: 'nothing',
        state: 'paused',
        reason: `paused until ${at(600)}: resume or force to refresh earlier`,
      },
    ],
  ] as const)('of a connection that is %s', (_, status, expected) => {
    expect(plan(status)).toEqual(expected);
  });

  it('waits for credentials of another version only where it knows that these are empty', () => {
    expect(plan({ ...AWAITING, failures: { consecutive: 0, since: null, error: null } })).toMatchObject({
      ifSecretIsNot: null,
    });
  });

  it.each([
    ['renewAt', { ...FRESH, renewAt: at(0) }],
    ['its expiry, whatever renewAt says', { ...FRESH, renewAt: at(9999), expiresAt: at(0) }],
    ['any time where renewAt is unknown', { ...FRESH, renewAt: null }],
    ['any time where its expiry is unknown', { ...FRESH, expiresAt: null }],
  ])('refreshes a fresh token from %s on', (_, status) => {
    expect(plan(status)).toEqual({ do: 'refresh', attempts: 3, early: false, state: 'fresh', reason: 'due' });
  });

  it('does not a millisecond before', () => {
    const soon = new Date(NOW + 1).toISOString();
    expect(plan({ ...FRESH, renewAt: soon, expiresAt: soon }).do).toBe('nothing');
  });

  it.each([
    ['failing', FAILING],
    ['blocked', BLOCKED],
  ] as const)('tries a %s connection again from its nextAttemptAt on, once', (state, status) => {
    const again = { do: 'refresh', attempts: 1, early: false, state, reason: 'tried again' };
    expect(plan({ ...status, nextAttemptAt: at(0) })).toEqual(again);
    expect(plan({ ...status, nextAttemptAt: null })).toEqual(again);
    expect(plan({ ...status, nextAttemptAt: at(1), expiresAt: at(-1), renewAt: at(-2) })).not.toEqual(again);
  });

  it.each([8, 6, null])('refreshes where version %j is stored and the status describes another', (stored) => {
    expect(plan(FRESH, TICK, stored)).toEqual({
      do: 'refresh',
      attempts: 3,
      early: true,
      state: 'fresh',
      reason: 'the stored token is not the one this status describes',
    });
    expect(plan({ ...FRESH, renewAt: at(0) }, TICK, stored)).toMatchObject({ early: false });
    expect(plan(FRESH, FORCE, stored)).toMatchObject({ early: true });
    expect(plan(FAILING, TICK, stored).do).toBe('nothing');
    expect(plan(paused(FRESH, 600), TICK, stored).do).toBe('nothing');
  });

  it('of a pause that is over is a tick of what the pause hid', () => {
    expect(plan(paused(FRESH, 0))).toEqual({ do: 'nothing', ...notYet('fresh', FRESH_REASON) });
    expect(plan(paused(BLOCKED, -1))).toMatchObject({ state: 'blocked', ifSecretIsNot: 'v1' });
  });

  it('tells what it knows where a failure was not recorded', () => {
    const status = { ...FAILING, failures: { ...FAILING.failures, error: null }, reason: 'written by hand' };
    expect(plan(status)).toEqual({
      do: 'nothing',
      state: 'failing',
      reason: `written by hand: next attempt at ${at(30)}`,
    });
  });
});

describe('refresh', () => {
  it.each([
    ['fresh', FRESH, 3, FRESH_REASON],
    ['failing', FAILING, 1, FAILING_REASON],
    ['blocked', BLOCKED, 1, BLOCKED_REASON],
  ] as const)('without force looks whether the secret has changed: %s', (state, status, attempts, reason) => {
    expect(plan(status, REFRESH)).toEqual({
      do: 'refresh',
      attempts,
      ifSecretIsNot: 'v1',
      early: true,
      state,
      reason,
    });
  });

  it.each([
    ['at the end of', 1799, { rejected: 'v2' }],
    ['after', 1800, {}],
  ])('without force looks past an AWSCURRENT that was rejected, %s half an hour', (_, ago, known) => {
    const found = plan({ ...FRESH, rejected: { secretVersion: 'v2', at: at(-ago) } }, REFRESH);
    const looks = { do: 'refresh', attempts: 3, ifSecretIsNot: 'v1', early: true };
    expect(found).toEqual({ ...looks, ...notYet('fresh', FRESH_REASON), ...known });
  });

  it('without force respects a pause', () => {
    expect(plan(paused(FRESH, 600), REFRESH).do).toBe('nothing');
  });

  it('without force refreshes what is due', () => {
    expect(plan({ ...FRESH, renewAt: at(0) }, REFRESH)).not.toHaveProperty('ifSecretIsNot');
  });

  it.each([
    ['not due', FRESH, 3, true, 'fresh'],
    ['due', { ...FRESH, renewAt: at(0) }, 3, false, 'fresh'],
    ['backoff', FAILING, 1, true, 'failing'],
    ['blocked', BLOCKED, 1, true, 'blocked'],
    ['a pause', paused(FRESH, 600), 3, true, 'paused'],
    ['a pause of what is due', paused({ ...FRESH, renewAt: at(0) }, 600), 3, false, 'paused'],
    ['awaiting credentials', AWAITING, 3, false, 'awaiting-credentials'],
  ] as const)('with force beats %s', (_, status, attempts, early, state) => {
    expect(plan(status, FORCE)).toEqual({ do: 'refresh', attempts, early, state, reason: 'forced' });
    expect(plan(status, { ...FORCE, reason: 'key leaked' })).toMatchObject({ reason: 'forced: key leaked' });
  });
});

describe('pause, resume and status', () => {
  const pause = (until: number, reason: string | null = null): Action => ({
    action: 'pause',
    until: NOW + until * 1000,
    reason,
  });

  it('a pause says so, and warns where the token expires before it ends', () => {
    expect(plan(FRESH, pause(600))).toEqual({ do: 'pause', until: NOW + 600_000, reason: 'paused by ops' });
    expect(plan(FRESH, pause(1200)).reason).toBe('paused by ops');
    expect(plan(FRESH, pause(1201, 'maintenance')).reason).toBe(
      `paused by ops; the token expires at ${at(1200)}, before the pause ends: maintenance`,
    );
    expect(plan(AWAITING, pause(9999)).reason).toBe('paused by ops');
  });

  it('resume brings back what the pause hid', () => {
    const resume: Action = { action: 'resume', reason: null };
    expect(plan(paused(BLOCKED, 600), resume)).toEqual({ do: 'resume', state: 'blocked', reason: 'resumed' });
    expect(plan(FRESH, { ...resume, reason: 'done' })).toEqual({
      do: 'resume',
      state: 'fresh',
      reason: 'resumed: done',
    });
  });

  it('status does nothing and tells the reason it has', () => {
    const status: Action = { action: 'status' };
    expect(plan(FAILING, status)).toEqual({ do: 'nothing', state: 'failing', reason: FAILING.reason });
    expect(plan(paused({ ...FRESH, renewAt: null }, 1), status)).toMatchObject({ state: 'paused' });
  });
});

describe('the state now', () => {
  it.each([
    ['paused', paused(FRESH, 1)],
    ['paused', { ...FRESH, pausedUntil: at(1) }],
    ['fresh', paused(FRESH, 0)],
    ['blocked', paused(BLOCKED, 0)],
    ['failing', { ...FAILING, pausedUntil: at(-1) }],
    ['fresh', { ...FRESH, state: 'paused' } as Status],
  ] as const)('is %s', (state, status) => {
    expect(stateNow(status, NOW)).toBe(state);
  });
});

describe('a token for which a person has to log in', () => {
  const watch = (status: Status, action: Action = TICK) => planRun(status, action, 'authorization_code', NOW);
  const required = { do: 'watch', state: 'reauthorization-required' };

  it.each([
    [
      'none',
      initialStatus('uae-pass', 'uae-pass'),
      { ...required, token: 'none', reason: 'there is no token: a person has to log in' },
    ],
    [
      'gone',
      { ...FRESH, tokenVersion: null },
      { ...required, token: 'gone', reason: 'there is no token any more: a person has to log in' },
    ],
    [
      'gone',
      { ...FRESH, expiresAt: null },
      { ...required, token: 'gone', reason: 'there is no token any more: a person has to log in' },
    ],
    [
      'expired',
      { ...FRESH, expiresAt: at(0) },
      {
        ...required,
        token: 'expired',
        reason: `the token expired at ${at(0)} and was deleted: a person has to log in`,
      },
    ],
    [
      'ending',
      { ...FRESH, renewAt: at(0) },
      {
        ...required,
        token: 'ending',
        reason: `the token expires at ${at(1200)}: a person has to log in before`,
      },
    ],
    [
      'ending',
      { ...FRESH, renewAt: null },
      {
        ...required,
        token: 'ending',
        reason: `the token expires at ${at(1200)}: a person has to log in before`,
      },
    ],
    [
      'fresh',
      FRESH,
      {
        do: 'watch',
        state: 'fresh',
        token: 'fresh',
        reason: `fresh: a person has to log in after ${at(300)}`,
      },
    ],
  ] as const)('%s', (_, status, expected) => {
    expect(watch(status)).toEqual(expected);
    expect(watch(status, REFRESH)).toEqual(expected);
    const asked = expected.token === 'fresh' ? 'only a person who logs in can renew this token; ' : '';
    expect(watch(status, FORCE)).toEqual({
      ...expected,
      answer: 'reauthorization-required',
      reason: `${asked}${expected.reason}`,
    });
  });

  it.each([TICK, REFRESH, FORCE])('is left alone in a pause, whatever is asked: %j', (action) => {
    expect(watch(paused({ ...FRESH, tokenVersion: null }, 600), action).do).toBe('nothing');
    expect(watch(paused(FRESH, 600), action)).toEqual({
      do: 'nothing',
      state: 'paused',
      reason: `paused until ${at(600)}`,
    });
  });

  it.each([TICK, REFRESH, FORCE])('is deleted once it has expired also in a pause: %j', (action) => {
    const reason = `paused until ${at(600)}; the token expired at ${at(0)} and was deleted`;
    const expired = watch(paused({ ...FRESH, expiresAt: at(0) }, 600), action);
    expect(expired).toEqual({ do: 'watch', token: 'expired', state: 'paused', reason });
    expect(unlessBusy(expired, true)).toMatchObject({ do: 'nothing', state: 'paused' });
  });

  it('is not deleted while a code is exchanged', () => {
    const expired = watch({ ...FRESH, expiresAt: at(0) });
    expect(unlessBusy(expired, true)).toEqual({
      do: 'nothing',
      state: 'reauthorization-required',
      reason: 'a code is being exchanged right now',
    });
    expect(unlessBusy(expired, false)).toBe(expired);
    for (const plan of [watch(FRESH), watch(paused(FRESH, 600))]) expect(unlessBusy(plan, true)).toBe(plan);
  });
});
