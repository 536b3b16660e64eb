import type { Context } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { deadline } from '../functions/deadline.ts';

describe('the deadline of a run', () => {
  it.each([
    [60_000, 45_000],
    [15_000, 0],
    [10, 0],
  ])(
    'with %i ms of Lambda time left, requests may take %i ms: the rest is for writing',
    (remaining, requests) => {
      const timeout = vi.spyOn(AbortSignal, 'timeout');
      const signal = deadline({ getRemainingTimeInMillis: () => remaining } as Context);
      expect(timeout).toHaveBeenCalledWith(requests);
      expect(signal).toBe(timeout.mock.results[0]?.value);
      timeout.mockRestore();
    },
  );
});
