import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../functions/attempt.ts';
import { RefreshError } from '../../functions/errors.ts';
import type { Plan } from '../../functions/policy/plan.ts';
import { renewAt } from '../../functions/policy/renewal.ts';
import { resultOf } from '../../functions/policy/status-after.ts';
import { initialStatus, type Status } from '../../functions/status.ts';
import { CONNECTION } from '../connection.ts';
import { AWAITING, at, BLOCKED, FAILING, FRESH, NOW, paused } from './statuses.ts';

const NONE: Attempt = { kind: 'none' };
const REFRESH: Plan = { do: 'refresh', attempts: 3, early: false, state: 'fresh', reason: 'due' };
const result = (before: Status, plan: Plan, attempt: Attempt = NONE) =>
  resultOf(before, plan, attempt, CONNECTION, { startedAt: NOW - 2000, now: NOW });

type Issued = Extract<Attempt, { kind: 'issued' }>;
const issued = (more: Partial<Issued> = {}, token: Partial<Issued['token']> = {}): Issued => ({
  kind: 'issued',
  token: {
    token_type: 'bearer',
    scope: 'read write',
    issuedAt: NOW - 1000,
    expiresAt: NOW + 1_799_000,
    warnings: [],
    ...token,
  },
  tokenVersion: 8,
  fingerprint: 'fedcba9876543210',
  secretVersion: 'v2',
  secretStage: 'AWSCURRENT',
  latencyMs: 900,
  conflicts: 0,
  settled: true,
  error: null,
  ...more,
});
const due = (expiresAt: number, fingerprint = 'fedcba9876543210') =>
  new Date(renewAt(CONNECTION, { now: NOW, expiresAt, fingerprint })).toISOString();

describe('a token that was issued', () => {
  it('makes a connection fresh, and clears what was wrong', () => {
    const next = due(NOW + 1_799_000);
    expect(result(FAILING, REFRESH, issued())).toEqual({
      state: 'fresh',
      outcome: 'refreshed',
      reason: 'refreshed',
      failure: null,
      status: {
        ...FAILING,
        state: 'fresh',
        tokenVersion: 8,
        issuedAt: at(-1),
        expiresAt: at(1799),
        renewAt: next,
        nextAttemptAt: next,
        tokenType: 'bearer',
        scope: 'read write',
        fingerprint: 'fedcba9876543210',
        secretVersion: 'v2',
        lastAttempt: { at: at(-2), outcome: 'refreshed', durationMs: 2000 },
        failures: { consecutive: 0, since: null, error: null },
        pausedUntil: null,
        reason: 'refreshed',
      },
    });
  });

  it('says what was odd', () => {
    const { reason } = result(
      FRESH,
      REFRESH,
      issued({ secretStage: 'AWSPREVIOUS', conflicts: 1 }, { warnings: ['scope is other than asked for'] }),
    );
    expect(reason).toBe(
      'refreshed; AWSCURRENT was rejected, AWSPREVIOUS worked; another run wrote meanwhile, fetched again; ' +
        'scope is other than asked for',
    );
  });

  it('keeps at most 1000 characters of a scope, and none where there is none', () => {
    expect(result(FRESH, REFRESH, issued({}, { scope: 's'.repeat(1001) })).status.scope).toBe(
      's'.repeat(1000),
    );
    expect(result(FRESH, REFRESH, issued({}, { scope: null })).status.scope).toBeNull();
  });

  it('is attempted again at the next tick where other runs kept writing', () => {
    const { status, outcome, reason } = result(FRESH, REFRESH, issued({ settled: false, conflicts: 2 }));
    expect(status).toMatchObject({
      state: 'fresh',
      renewAt: at(0),
      nextAttemptAt: at(0),
      expiresAt: at(1799),
    });
    expect(outcome).toBe('refreshed');
    expect(reason).toContain('other runs kept writing, the next tick fetches once more');
  });

  it('is kept where fetching again failed, and the failure is told', () => {
    const error = new RefreshError('connection_lost', 'the connection broke');
    const told = result(FRESH, REFRESH, issued({ settled: false, conflicts: 1, error }));
    expect(told).toMatchObject({
      outcome: 'failed',
      state: 'failing',
      reason: 'the connection broke',
      failure: error,
    });
    expect(told.status).toMatchObject({
      tokenVersion: 8,
      expiresAt: at(1799),
      secretVersion: 'v2',
      failures: { consecutive: 1, since: at(0), error: { code: 'connection_lost' } },
      nextAttemptAt: at(28),
    });
  });

  it.each([
    [59, true],
    [60, false],
  ])('that lives for %i s with a tick of 60 s: each tick renews it is %s', (seconds, isShort) => {
    const { reason, outcome } = result(
      FRESH,
      REFRESH,
      issued({}, { expiresAt: NOW - 1000 + seconds * 1000 }),
    );
    expect(reason.includes('the token lives shorter than a tick, each tick renews it')).toBe(isShort);
    expect(outcome).toBe('refreshed');
  });

  it.each([
    [60, true],
    [600, true],
    [600.9, true],
    [1679, true],
    [1680, false],
    [1799, false],
    [1800, false],
  ])('that lives for %f s instead of 1800: that a safe cache may outlast it is %s', (seconds, isTold) => {
    const told =
      `refreshed; the token lives ${Math.floor(seconds)} s, shorter than documented: readers that cache for safeCacheSeconds may ` +
      'hold an expired one';
    const token = issued({}, { expiresAt: NOW - 1000 + seconds * 1000 });
    expect(result(FRESH, REFRESH, token).reason).toBe(isTold ? told : 'refreshed');
  });

  it('that lives shorter than a tick says that alone', () => {
    expect(result(FRESH, REFRESH, issued({}, { expiresAt: NOW + 58_000 })).reason).toBe(
      'refreshed; the token lives shorter than a tick, each tick renews it',
    );
  });

  it('that is the same again says nothing of the life it has left', () => {
    const { fingerprint } = FRESH;
    const again = issued({ fingerprint: fingerprint ?? '' }, { expiresAt: NOW + 600_000 });
    expect(result(FRESH, REFRESH, again).reason).toBe(
      'refreshed: the provider answered with the same token again',
    );
  });

  it('that is over before it is stored is not the same token again', () => {
    const over = result(FRESH, REFRESH, issued({}, { expiresAt: NOW }));
    expect(over).toMatchObject({
      outcome: 'refreshed',
      failure: null,
      status: { expiresAt: at(0), renewAt: at(0) },
    });
  });

  it('in a pause leaves the connection paused', () => {
    const forced = result(paused(FRESH, 600), REFRESH, issued());
    expect(forced).toMatchObject({ outcome: 'refreshed', state: 'paused', failure: null });
    expect(forced.status).toMatchObject({ state: 'paused', pausedUntil: at(600), tokenVersion: 8 });
  });

  it('after a pause leaves no trace of it', () => {
    expect(result(paused(FRESH, 0), REFRESH, issued()).status).toMatchObject({
      state: 'fresh',
      pausedUntil: null,
    });
  });
});

describe('the same token again', () => {
  const same = (expiresAt: number) =>
    issued({ fingerprint: FRESH.fingerprint as string }, { expiresAt: NOW + expiresAt * 1000 });

  it('keeps the earlier expiry and its date, and halves what is left', () => {
    const again = result(FRESH, REFRESH, same(1799));
    expect(again.status).toMatchObject({
      issuedAt: FRESH.issuedAt,
      expiresAt: FRESH.expiresAt,
      renewAt: due(NOW + 1_200_000, FRESH.fingerprint as string),
    });
    expect(again.reason).toBe('refreshed: the provider answered with the same token again');
    expect(result(FRESH, REFRESH, same(1100)).status.expiresAt).toBe(at(1100));
  });

  it('of which the expiry was unknown counts as new', () => {
    const { status, reason } = result({ ...FRESH, expiresAt: null }, REFRESH, same(1799));
    expect(status).toMatchObject({ issuedAt: at(-1), expiresAt: at(1799) });
    expect(reason).toBe('refreshed');
  });

  it.each([0, -1])('%i s after its expiry is a failure, to be tried again', (expiresAt) => {
    const told = result({ ...FRESH, expiresAt: at(expiresAt) }, REFRESH, same(1799));
    expect(told).toMatchObject({ outcome: 'failed', state: 'failing' });
    expect(told.failure).toMatchObject({
      code: 'same_token_expired',
      message: `the provider answered with the token that expired at ${at(expiresAt)}`,
    });
    expect(told.status).toMatchObject({ expiresAt: at(expiresAt), nextAttemptAt: at(28) });
  });
});

describe('an attempt that failed', () => {
  const failed = (error: RefreshError, secretVersion: string | null = 'v2'): Attempt => ({
    kind: 'failed',
    error,
    secretVersion,
  });
  const unreachable = new RefreshError('unreachable', 'no connection');

  it('is one of now where the clock was set back during the run, whose start is still to come then', () => {
    const clocks = { startedAt: NOW + 86_400_000, now: NOW };
    expect(resultOf(FRESH, REFRESH, failed(unreachable), CONNECTION, clocks).status).toMatchObject({
      lastAttempt: { at: at(0), durationMs: 0 },
      nextAttemptAt: at(30),
    });
  });

  it('after an answer was lost is tried again at the next tick, also where a token is stored', () => {
    const moved = new RefreshError('redirected', 'a redirect');
    const lost = { error: moved, answerLost: true };
    expect(result(FRESH, REFRESH, { kind: 'failed', secretVersion: 'v2', ...lost }).status).toMatchObject({
      state: 'blocked',
      nextAttemptAt: at(28),
    });
    expect(result(FRESH, REFRESH, issued({ settled: false, ...lost })).status.nextAttemptAt).toBe(at(28));
  });

  it('leaves the token as it is, and counts', () => {
    expect(result(FRESH, REFRESH, failed(unreachable))).toEqual({
      state: 'failing',
      outcome: 'failed',
      reason: 'no connection',
      failure: unreachable,
      status: {
        ...FRESH,
        state: 'failing',
        secretVersion: 'v2',
        failures: {
          consecutive: 1,
          since: at(0),
          error: { code: 'unreachable', status: null, message: 'no connection' },
        },
        lastAttempt: { at: at(-2), outcome: 'failed', durationMs: 2000 },
        nextAttemptAt: at(28),
        reason: 'no connection',
      },
    });
  });

  it('again counts on, since when it was first so', () => {
    const rejected = new RefreshError('credentials_rejected', 'rejected', { status: 401 });
    expect(result(FAILING, REFRESH, failed(rejected, null)).status).toMatchObject({
      state: 'blocked',
      secretVersion: 'v1',
      failures: {
        consecutive: 3,
        since: at(-90),
        error: { code: 'credentials_rejected', status: 401, message: 'rejected' },
      },
      nextAttemptAt: at(1800),
      lastAttempt: { outcome: 'blocked' },
    });
  });

  it('in a pause leaves the connection paused', () => {
    expect(result(paused(FRESH, 600), REFRESH, failed(unreachable))).toMatchObject({
      outcome: 'failed',
      state: 'paused',
      failure: unreachable,
      status: { state: 'paused', pausedUntil: at(600), failures: { consecutive: 1 } },
    });
  });

  const empty = new RefreshError('credentials_empty', 'the secret is empty');
  it('for want of credentials is no failure, and counts none', () => {
    const told = result(initialStatus('uqudo', 'uqudo'), REFRESH, failed(empty, 'v1'));
    expect(told).toMatchObject({
      outcome: 'awaiting-credentials',
      state: 'awaiting-credentials',
      failure: null,
    });
    expect(told.status).toMatchObject({
      secretVersion: 'v1',
      nextAttemptAt: null,
      failures: { consecutive: 0, since: null, error: { code: 'credentials_empty' } },
    });
    expect(result(FAILING, REFRESH, failed(empty)).status.failures).toMatchObject({
      consecutive: 0,
      since: null,
    });
  });

  it('for want of the same credentials again changes nothing', () => {
    expect(result(AWAITING, REFRESH, failed(empty, 'v1')).status).toBe(AWAITING);
    expect(result(AWAITING, REFRESH, failed(empty, 'v2')).status).not.toBe(AWAITING);
    expect(result(paused(AWAITING, 600), REFRESH, failed(empty, 'v1')).status.state).toBe('paused');
    expect(result(BLOCKED, REFRESH, failed(empty, 'v1')).status.state).toBe('awaiting-credentials');
  });

  const unreadable = new RefreshError('secret_unreadable', 'the secret could not be read (Throttling)');
  it('to see whether the secret of a blocked connection has changed does not unblock it', () => {
    expect(result(BLOCKED, { ...REFRESH, state: 'blocked' }, failed(unreadable, null))).toEqual({
      status: BLOCKED,
      state: 'blocked',
      outcome: 'failed',
      reason: 'the secret could not be read (Throttling)',
      failure: unreadable,
    });
    expect(result(FRESH, REFRESH, failed(unreadable, null)).state).toBe('failing');
    expect(result(BLOCKED, { ...REFRESH, state: 'blocked' }, failed(unreachable)).state).toBe('failing');
  });
});

describe('a plan that asks nobody', () => {
  it('changes nothing and tells why', () => {
    const plan: Plan = { do: 'nothing', state: 'failing', reason: 'not yet' };
    expect(result(FAILING, plan)).toEqual({
      status: FAILING,
      state: 'failing',
      outcome: 'failed',
      reason: 'not yet',
      failure: null,
    });
    expect(result(FAILING, plan).status).toBe(FAILING);
    expect(result(BLOCKED, { ...REFRESH, state: 'blocked' }, NONE).status).toBe(BLOCKED);
  });

  it('pauses', () => {
    expect(result(BLOCKED, { do: 'pause', until: NOW + 600_000, reason: 'paused by ops' })).toEqual({
      status: { ...BLOCKED, state: 'paused', pausedUntil: at(600), reason: 'paused by ops' },
      state: 'paused',
      outcome: 'paused',
      reason: 'paused by ops',
      failure: null,
    });
  });

  it('resumes', () => {
    expect(result(paused(FAILING, 600), { do: 'resume', state: 'failing', reason: 'resumed' })).toEqual({
      status: { ...FAILING, reason: 'resumed' },
      state: 'failing',
      outcome: 'failed',
      reason: 'resumed',
      failure: null,
    });
  });
});

describe('a token that is watched', () => {
  const watch = (token: Extract<Plan, { do: 'watch' }>['token'], reason = 'why'): Plan => ({
    do: 'watch',
    token,
    state: token === 'fresh' ? 'fresh' : 'reauthorization-required',
    reason,
  });
  const WATCHED: Attempt = { kind: 'watched' };
  const error = { code: 'reauthorization_required', status: null, message: 'why' } as const;
  const told = {
    state: 'reauthorization-required',
    outcome: 'reauthorization-required',
    reason: 'why',
    failure: null,
  };

  it('and ends soon keeps its status and asks for a person', () => {
    expect(result(FRESH, watch('ending'), WATCHED)).toEqual({
      ...told,
      notice: 'required',
      status: {
        ...FRESH,
        state: 'reauthorization-required',
        failures: { consecutive: 1, since: null, error },
        noticedAt: at(0),
        nextAttemptAt: null,
        reason: 'why',
      },
    });
  });

  it.each(['none', 'gone', 'expired'] as const)('and is gone (%s) is no longer described', (token) => {
    expect(result(FRESH, watch(token), WATCHED).status).toMatchObject({
      tokenVersion: null,
      issuedAt: null,
      expiresAt: null,
      renewAt: null,
      fingerprint: null,
    });
  });

  it('and has expired in a pause is no longer described, and the rest waits for the end of the pause', () => {
    const before = paused(FRESH, 600);
    const plan: Plan = { do: 'watch', token: 'expired', state: 'paused', reason: 'why' };
    expect(result(before, plan, WATCHED)).toEqual({
      status: {
        ...before,
        tokenVersion: null,
        issuedAt: null,
        expiresAt: null,
        renewAt: null,
        fingerprint: null,
      },
      state: 'paused',
      outcome: 'paused',
      reason: 'why',
      failure: null,
    });
  });

  it('and is fresh again clears what was asked for', () => {
    const asked = result(FRESH, watch('ending'), WATCHED).status;
    const again = result({ ...asked, pausedUntil: at(-1) }, watch('fresh', 'fresh'), WATCHED);
    expect(again).toMatchObject({ state: 'fresh', outcome: 'fresh', failure: null, notice: 'recovered' });
    expect(again.status).toMatchObject({
      state: 'fresh',
      noticedAt: null,
      tokenVersion: 7,
      failures: { consecutive: 0, since: null, error: null },
      pausedUntil: null,
    });
  });

  it.each([
    ['none', FRESH, null],
    ['gone', FRESH, 'required'],
    ['expired', FRESH, 'required'],
    ['gone', { ...FRESH, failures: { consecutive: 1, since: null, error } }, 'required'],
    ['gone', { ...FRESH, noticedAt: at(-9), failures: { consecutive: 1, since: null, error } }, null],
    ['expired', { ...FRESH, noticedAt: at(-9), failures: { consecutive: 1, since: null, error } }, null],
    ['ending', { ...FRESH, noticedAt: at(-9) }, 'required'],
    ['gone', { ...FRESH, noticedAt: at(-9) }, 'required'],
  ] as const)(
    'and is %s is told of once for each token, whatever became of an earlier run: %#',
    (token, before, notice) => {
      expect(result(before, watch(token), WATCHED).notice ?? null).toBe(notice);
    },
  );

  it('is written once', () => {
    const once = result(FRESH, watch('ending'), WATCHED).status;
    expect(result(once, watch('ending'), WATCHED).status).toBe(once);
    expect(result(once, watch('ending', 'another reason'), WATCHED).status).not.toBe(once);
    expect(result(FRESH, watch('fresh'), WATCHED).status).toBe(FRESH);
  });
});
