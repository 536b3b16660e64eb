import { describe, expect, it } from 'vitest';
import { mergeStatus } from '../../functions/policy/merge.ts';
import { initialStatus, type Status } from '../../functions/status.ts';

const NOTICED = '2030-01-01T00:00:00.000Z';
const status = (more: Partial<Status>): Status => ({ ...initialStatus('uae-pass', 'uae-pass'), ...more });

describe('mergeStatus, where an exchange and the watch wrote at once', () => {
  const before = status({ tokenVersion: 1, noticedAt: null });
  const exchanged = status({ tokenVersion: 2, state: 'fresh' });
  const watched = status({ tokenVersion: 1, state: 'reauthorization-required', noticedAt: NOTICED });

  it.each([
    ['the exchange', exchanged, watched],
    ['the watch', watched, exchanged],
  ])('keeps the later token and the notice that was sent, whoever is last: %s', (_, mine, other) => {
    expect(mergeStatus(before, mine, other)).toEqual({ ...exchanged, noticedAt: NOTICED });
  });

  it.each([
    ['the exchange', { ...exchanged, noticedAt: NOTICED }, { ...watched, noticedAt: null }],
    ['the watch', { ...watched, noticedAt: null }, { ...exchanged, noticedAt: NOTICED }],
  ])('keeps it that the recovery was said, whoever is last: %s', (_, mine, other) => {
    expect(mergeStatus({ ...before, noticedAt: NOTICED }, mine, other)).toEqual(exchanged);
  });
});
