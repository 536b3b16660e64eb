import { describe, expect, it } from 'vitest';
import { mergeStatus } from '../../functions/policy/merge.ts';
import { initialStatus, type Status } from '../../functions/status.ts';
import { at, BLOCKED, FAILING, FRESH, paused } from './statuses.ts';

const due: Status = { ...FRESH, renewAt: at(-10), nextAttemptAt: at(-10) };
const renewed = (version: number, more: Partial<Status> = {}): Status => ({
  ...FRESH,
  tokenVersion: version,
  fingerprint: `fingerprint-${version}`,
  expiresAt: at(1800),
  renewAt: at(900),
  nextAttemptAt: at(900),
  ...more,
});
const failed = { ...FAILING, nextAttemptAt: at(30) };

/** Merged by either of the two, as whoever writes last merges. */
const merged = (before: Status | null, one: Status, two: Status) => {
  const result = mergeStatus(before, one, two);
  expect(mergeStatus(before, two, one)).toEqual(result);
  return result;
};

describe('two runs that wrote at once', () => {
  it('keep the status of the later token', () => {
    expect(merged(due, renewed(8), renewed(9))).toEqual(renewed(9));
  });

  it('answer the very status that wins where nothing is to be added', () => {
    const mine = renewed(9);
    expect(mergeStatus(due, mine, renewed(8))).toBe(mine);
  });

  it('keep any token rather than none', () => {
    const none = initialStatus('uqudo', 'uqudo');
    expect(merged(null, none, renewed(1, { nextAttemptAt: null })).tokenVersion).toBe(1);
  });

  it('attempt again when the earlier of them would have: what the other asked for may have revoked this token', () => {
    const wasFailing = { ...due, failures: FAILING.failures };
    expect(merged(wasFailing, renewed(8), failed)).toEqual(
      renewed(8, { renewAt: at(30), nextAttemptAt: at(30) }),
    );
    const wasBlocked = { ...due, failures: BLOCKED.failures };
    expect(merged(wasBlocked, renewed(8), { ...BLOCKED, nextAttemptAt: at(1800) })).toEqual(renewed(8));
  });

  it('attempt at the next tick where one of them failed: what it asked for may have been issued all the same', () => {
    const attempt = { lastAttempt: { at: at(-5), outcome: 'blocked', durationMs: 100 } } as const;
    const rejected = { ...BLOCKED, ...attempt, nextAttemptAt: at(1800) };
    const again = renewed(8, { renewAt: at(-5), nextAttemptAt: at(-5) });
    expect(merged(due, renewed(8), rejected)).toEqual(again);
    expect(merged(null, renewed(8), rejected)).toEqual(again);
    const atTheSameTime = { ...due, lastAttempt: attempt.lastAttempt };
    expect(merged(atTheSameTime, renewed(8), rejected)).toEqual(again);
    expect(merged({ ...due, failures: BLOCKED.failures }, renewed(8), rejected)).toEqual(again);
    expect(mergeStatus(null, renewed(8), { ...rejected, lastAttempt: null })).toEqual(renewed(8));
    expect(merged(due, renewed(8), { ...rejected, failures: FRESH.failures })).toEqual(renewed(8));
  });

  it('wait for the next attempt that was planned where both failed', () => {
    const attempt = { lastAttempt: { at: at(-5), outcome: 'failed', durationMs: 100 } } as const;
    const [one, two] = [
      { ...failed, ...attempt },
      { ...failed, ...attempt, nextAttemptAt: at(40) },
    ];
    expect(mergeStatus(due, one, two).nextAttemptAt).toBe(at(30));
    expect(mergeStatus(due, two, one).nextAttemptAt).toBe(at(30));
  });

  it('do not take a plan of before for a plan of the other', () => {
    expect(merged(due, renewed(8), paused(due, 600))).toEqual({ ...paused(renewed(8), 600) });
  });

  it('leave a token that is gone without a renewal', () => {
    const gone = { ...FAILING, tokenVersion: null, expiresAt: null, renewAt: null };
    expect(mergeStatus(due, gone, { ...gone, nextAttemptAt: at(20) })).toMatchObject({
      renewAt: null,
      nextAttemptAt: at(20),
    });
    expect(mergeStatus(due, { ...gone, nextAttemptAt: null }, gone).nextAttemptAt).toBeNull();
  });

  it('believe the earlier expiry of one and the same token', () => {
    const same = { fingerprint: 'same' };
    const late = renewed(9, { ...same, expiresAt: at(1801) });
    expect(merged(due, late, renewed(8, { ...same, expiresAt: at(1799) })).expiresAt).toBe(at(1799));
    expect(merged(due, late, renewed(8, { fingerprint: 'other', expiresAt: at(1799) })).expiresAt).toBe(
      at(1801),
    );
    expect(mergeStatus(due, { ...late, fingerprint: null }, { ...failed, fingerprint: null }).expiresAt).toBe(
      at(1801),
    );
  });
});

describe('a pause', () => {
  it('survives a refresh that was under way', () => {
    expect(merged(FRESH, renewed(8), paused(FRESH, 600))).toEqual(paused(renewed(8), 600));
  });

  it('survives a failure that was under way, whoever writes last', () => {
    for (const result of [
      mergeStatus(due, failed, paused(due, 600)),
      mergeStatus(due, paused(due, 600), failed),
    ]) {
      expect(result).toMatchObject({ state: 'paused', pausedUntil: at(600) });
    }
  });

  it('that was ended stays ended, and what it hid is there again', () => {
    const before = paused(BLOCKED, 600);
    expect(
      mergeStatus(before, { ...before, secretVersion: 'v2' }, { ...BLOCKED, pausedUntil: null }),
    ).toMatchObject({
      state: 'blocked',
      pausedUntil: null,
    });
    expect(merged(paused(FRESH, 600), renewed(8), { ...FRESH })).toEqual(renewed(8));
  });

  it('that was ended by one is ended, whatever the other did meanwhile', () => {
    const before = paused(FRESH, 600);
    expect(merged(before, { ...FRESH, reason: 'resumed' }, paused(renewed(8), 600))).toEqual(renewed(8));
  });

  it('that is over is no end of a new one', () => {
    const before = paused(due, -10);
    expect(merged(before, renewed(8), paused(due, 600))).toEqual(paused(renewed(8), 600));
  });

  it('of two, the longer one counts', () => {
    expect(merged(FRESH, paused(FRESH, 600), paused(FRESH, 900))).toMatchObject({ pausedUntil: at(900) });
    expect(merged(null, paused(FRESH, 900), paused(FRESH, 600))).toMatchObject({ pausedUntil: at(900) });
  });

  it('keeps its state where both have it', () => {
    const required: Status = { ...FRESH, state: 'reauthorization-required' };
    expect(mergeStatus(FRESH, required, FRESH).state).toBe('reauthorization-required');
  });
});

describe('an exchange and the watch that wrote at once', () => {
  const NOTICED = at(-60);
  const status = (more: Partial<Status>): Status => ({ ...initialStatus('uae-pass', 'uae-pass'), ...more });
  const before = status({ tokenVersion: 1, noticedAt: null });
  const exchanged = status({ tokenVersion: 2, state: 'fresh' });
  const watched = status({ tokenVersion: 1, state: 'reauthorization-required', noticedAt: NOTICED });

  it('keep the later token and the notice that was sent', () => {
    expect(merged(before, exchanged, watched)).toEqual({ ...exchanged, noticedAt: NOTICED });
  });

  it('keep it that the recovery was said', () => {
    const recovered = merged(
      { ...before, noticedAt: NOTICED },
      { ...exchanged, noticedAt: NOTICED },
      { ...watched, noticedAt: null },
    );
    expect(recovered).toEqual(exchanged);
  });
});
