import { describe, expect, it } from 'vitest';
import { initialStatus } from '../../functions/status.ts';
import { assess, exitCodeFor, takesCodes } from '../../infra/ops/assess.ts';
import { AWAITING_LOGIN, at, BLOCKED, FAILING, FRESH, NOW, PAUSED, UQUDO } from './fixtures.ts';

const verdict = (status: Parameters<typeof assess>[1], now = NOW) => assess(UQUDO, status, now).verdict;

describe('how a connection stands', () => {
  it('is fresh only while a fresh token is renewed in time', () => {
    expect(verdict(FRESH)).toBe('fresh');
    expect(verdict({ ...FRESH, renewAt: at(-60) })).toBe('fresh');
  });

  it.each([
    ['failing', FAILING],
    ['blocked', BLOCKED],
    ['paused', PAUSED],
    ['waiting for a login', AWAITING_LOGIN],
    ['waiting for credentials', initialStatus('uqudo', 'uqudo')],
    ['without a status', null],
  ])('needs attention while it is %s', (_, status) => {
    expect(verdict(status)).toBe('attention');
  });

  it('is expired from the second its token expires, whatever the state', () => {
    for (const status of [FRESH, FAILING, BLOCKED, PAUSED]) {
      const expiring = { ...status, expiresAt: at(0) };
      expect(verdict(expiring)).toBe('expired');
      expect(verdict(expiring, NOW - 1)).not.toBe('expired');
    }
  });

  it('is overdue when more than two ticks have passed over what was due', () => {
    const due = (seconds: number) => assess(UQUDO, { ...FRESH, renewAt: at(-seconds) }, NOW);
    expect(due(180)).toMatchObject({ overdue: false, verdict: 'fresh' });
    expect(due(181)).toMatchObject({ overdue: true, verdict: 'attention' });
    expect(assess(UQUDO, { ...FAILING, nextAttemptAt: at(-181) }, NOW).overdue).toBe(true);
  });

  it('is not overdue while paused or where nothing is due', () => {
    expect(assess(UQUDO, { ...PAUSED, nextAttemptAt: at(-9999) }, NOW).overdue).toBe(false);
    expect(assess(UQUDO, AWAITING_LOGIN, NOW).overdue).toBe(false);
  });

  it('needs attention while only AWSPREVIOUS works, by its status or by what its secret tells', () => {
    const fellBack = { ...FRESH, rejected: { secretVersion: 'v2', at: at(-60) } };
    expect(assess(UQUDO, fellBack, NOW)).toMatchObject({ fellBack: true, verdict: 'attention' });
    expect(assess(UQUDO, fellBack, NOW, 'not known').fellBack).toBe(true);
    expect(assess(UQUDO, fellBack, NOW, 'not used yet')).toMatchObject({ fellBack: false, verdict: 'fresh' });
    const resumed = { ...FRESH, reason: 'resumed' };
    expect(assess(UQUDO, resumed, NOW, 'rejected')).toMatchObject({ fellBack: true, verdict: 'attention' });
    expect(assess(UQUDO, BLOCKED, NOW, 'rejected').fellBack).toBe(false);
  });

  it('takes a pause that is over for no pause', () => {
    expect(assess(UQUDO, { ...PAUSED, pausedUntil: at(-1) }, NOW).state).toBe('fresh');
  });
});

it('takes codes where an exchange function or a missing login says so', () => {
  expect(takesCodes(UQUDO, FRESH)).toBe(false);
  expect(takesCodes(UQUDO, null)).toBe(false);
  expect(takesCodes({ exchangeFunctionName: 'x' }, FRESH)).toBe(true);
  expect(takesCodes(UQUDO, AWAITING_LOGIN)).toBe(true);
});

it('lets the worst connection decide the exit code', () => {
  const code = (...verdicts: ('fresh' | 'attention' | 'expired')[]) =>
    exitCodeFor(verdicts.map((verdict) => ({ verdict })));
  expect(code('fresh', 'fresh')).toBe(0);
  expect(code('fresh', 'attention')).toBe(2);
  expect(code('expired', 'attention', 'fresh')).toBe(3);
});
