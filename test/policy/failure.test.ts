import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, type FailureCode, RefreshError } from '../../functions/errors.ts';
import { nextAttemptAt, outcomeOf, settledState, stateAfterFailure } from '../../functions/policy/failure.ts';
import { initialStatus, STATES } from '../../functions/status.ts';
import { AWAITING, at, BLOCKED, FAILING, FRESH, NOW, paused } from './statuses.ts';

const codes = Object.keys(FAILURE_KINDS) as FailureCode[];

describe('the state after a failure', () => {
  it.each(codes)('follows from the kind of %s', (code) => {
    const states = {
      transient: 'failing',
      permanent: 'blocked',
      reauthorization: 'reauthorization-required',
    };
    expect(stateAfterFailure(code)).toBe(
      code === 'credentials_empty' ? 'awaiting-credentials' : states[FAILURE_KINDS[code]],
    );
  });

  it.each(STATES)('is what a run reports: %s', (state) => {
    expect(outcomeOf(state)).toBe(state === 'failing' ? 'failed' : state);
  });
});

describe('what a pause hid', () => {
  it.each([
    ['fresh', FRESH],
    ['failing', FAILING],
    ['blocked', BLOCKED],
    ['awaiting-credentials', AWAITING],
    ['awaiting-credentials', initialStatus('uqudo', 'uqudo')],
  ] as const)('is %s', (state, status) => {
    expect(settledState(paused(status, 600))).toBe(state);
  });

  it('is a connection to be refreshed, where the token is gone and credentials were there', () => {
    expect(settledState({ ...FRESH, tokenVersion: null })).toBe('fresh');
    expect(settledState({ ...FRESH, secretVersion: null })).toBe('fresh');
  });
});

const MINUTE = 60;
const next = (
  code: FailureCode,
  {
    retryAfter,
    left = 1200,
    tick = MINUTE,
    took = 0,
    answerLost,
  }: Partial<Record<'retryAfter' | 'left' | 'tick' | 'took', number>> & { answerLost?: boolean },
) => {
  const error = new RefreshError(
    code,
    'no',
    retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter },
  );
  const found = nextAttemptAt(
    error,
    { tickSeconds: tick },
    {
      startedAt: NOW - took * 1000,
      now: NOW,
      expiresAt: left === Number.POSITIVE_INFINITY ? null : at(left),
      ...(answerLost === undefined ? {} : { answerLost }),
    },
  );
  return found === null ? null : (found - NOW) / 1000;
};

describe('the next attempt after a transient failure', () => {
  it.each([
    [60, 30],
    [120, 60],
    [900, 450],
  ])('with a tick of %i s is due at the next tick, even a little early: after %i s', (tick, seconds) => {
    expect(next('provider_unavailable', { tick })).toBe(seconds);
  });

  it('counts from the start of the run, so that a long one costs no tick', () => {
    expect(next('timed_out', { took: 27 })).toBe(3);
    expect(next('timed_out', { took: 50 })).toBe(0);
  });

  it.each([
    ['a short Retry-After is no shorter than the next tick', { retryAfter: 1 }, 30],
    ['Retry-After is waited for', { retryAfter: 240 }, 240],
    ['Retry-After counts from the answer', { retryAfter: 240, took: 20 }, 240],
    ['a long one leaves a tick before the token expires', { retryAfter: 86_400, left: 3600 }, 3540],
    ['so does a quarter of an hour, where there is less than that', { retryAfter: 900, left: 720 }, 660],
    ['and any, where there is hardly more than a tick', { retryAfter: 60, left: 100 }, 40],
    ['with less than a tick left the next one tries', { retryAfter: 900, left: 59 }, 30],
    ['a token that has expired is waited for', { retryAfter: 899, left: -300 }, 899],
    ['for a quarter of an hour at most', { retryAfter: 86_400, left: 0 }, 900],
    ['and so is one that never was', { retryAfter: 86_400, left: Number.POSITIVE_INFINITY }, 900],
  ])('%s', (_, given, seconds) => {
    expect(next('rate_limited', given)).toBe(seconds);
  });
});

describe('the next attempt after any other failure', () => {
  it('none is planned while credentials are awaited: each tick looks', () => {
    expect(next('credentials_empty', {})).toBeNull();
  });

  it.each(['credentials_rejected', 'invalid_grant', 'reauthorization_required'] as const)(
    'after %s is a slow probe, however little life is left',
    (code) => {
      expect(next(code, { left: 600 })).toBe(1800);
      expect(next(code, { left: -600 })).toBe(1800);
    },
  );

  it.each(codes.filter((code) => FAILURE_KINDS[code] === 'permanent' && !code.startsWith('credentials_')))(
    'after %s is at half of the life that is left, and a slow probe after that',
    (code) => {
      expect(next(code, { left: 900 })).toBe(450);
      expect(next(code, { left: 59 })).toBe(30);
      expect(next(code, { left: 86_400 })).toBe(1800);
      expect(next(code, { left: 0 })).toBe(1800);
      expect(next(code, { left: -1 })).toBe(1800);
      expect(next(code, { left: Number.POSITIVE_INFINITY })).toBe(1800);
    },
  );

  it('a Retry-After makes no wrong answer right', () => {
    expect(next('credentials_rejected', { retryAfter: 10 })).toBe(1800);
  });
});

describe('the next attempt after a run that lost an answer, whose token may have revoked the stored one', () => {
  it.each(codes.filter((code) => FAILURE_KINDS[code] !== 'transient' && code !== 'credentials_empty'))(
    'is at the next tick although it ended with %s',
    (code) => {
      expect(next(code, { left: 1200, took: 10, answerLost: true })).toBe(20);
      expect(next(code, { left: 1200, answerLost: false })).toBeGreaterThan(30);
    },
  );

  it('waits for Retry-After as if there were no token', () => {
    expect(next('rate_limited', { retryAfter: 240, left: 86_400, answerLost: true })).toBe(240);
    expect(next('rate_limited', { retryAfter: 86_400, left: 86_400, answerLost: true })).toBe(900);
    expect(next('rate_limited', { retryAfter: 900, left: 300, tick: 60, answerLost: true })).toBe(240);
  });
});
