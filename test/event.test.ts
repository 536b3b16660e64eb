import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../functions/errors.ts';
import { answerTo, parseAction } from '../functions/event.ts';
import { at, FRESH, NOW, paused } from './policy/statuses.ts';

describe('a pause', () => {
  const until = (time: string) => parseAction({ action: 'pause', until: time }, NOW);

  it.each(['9999-12-31T23:59:59.999Z', '9999-12-31T21:59:59-02:00'])('may end at %s', (time) => {
    expect(until(time)).toMatchObject({ action: 'pause', until: Date.parse(time) });
  });

  it.each(['9999-12-31T23:59:59-05:00', '9999-12-31T22:00:00-02:00'])(
    'cannot end at %s, in a year that no status can tell',
    (time) => {
      expect(() => until(time)).toThrow(
        new ConfigurationError('event.until must be before the year 10000 in UTC'),
      );
    },
  );

  it.each([
    ['before', at(60), at(600.5)],
    ['at', at(600.5), at(600.5)],
    ['after', '2030-01-01T00:10:00.51Z', '2030-01-01T00:10:00.51Z'],
    ['after', '2030-01-01T00:10:01Z', '2030-01-01T00:10:01Z'],
  ])(
    'is told as the next attempt where that was planned %s its end, however the times are written',
    (_, next, told) => {
      const status = { ...paused(FRESH, 0), pausedUntil: '2030-01-01T00:10:00.5Z', nextAttemptAt: next };
      const { state, reason } = status;
      const answer = answerTo(
        { action: 'status' },
        { status, state, reason, outcome: 'paused', failure: null },
        'request-1',
      );
      expect(Date.parse(answer.nextAttemptAt ?? '')).toBe(Date.parse(told));
    },
  );
});
