import type { Context } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { deadlines } from '../functions/deadline.ts';

describe('the deadlines of a run', () => {
  it.each([
    [60_000, { requests: 45_000, tokenWrite: 52_000, statusWrite: 59_000 }],
    [15_000, { requests: 0, tokenWrite: 7000, statusWrite: 14_000 }],
    [10, { requests: 0, tokenWrite: 0, statusWrite: 0 }],
  ])('with %i ms of Lambda time left leave each write its share: %j', (remaining, shares) => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const found = deadlines({ getRemainingTimeInMillis: () => remaining } as Context);
    const asked = timeout.mock.calls.map(([ms]) => ms);
    const made = timeout.mock.results.map(({ value }) => value);
    timeout.mockRestore();
    expect(Object.entries(found).map(([part, signal]) => [part, asked[made.indexOf(signal)]])).toEqual(
      Object.entries(shares),
    );
  });
});
