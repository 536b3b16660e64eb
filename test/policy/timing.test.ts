import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renewAt } from '../../functions/policy/renewal.ts';
import { timing, timingFaults } from '../../functions/policy/timing.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('timing', () => {
  it.each([
    ['5 min', 5 * MINUTE, 2.5 * MINUTE, MINUTE, 30],
    ['30 min (uqudo)', 30 * MINUTE, 15 * MINUTE, MINUTE, 13 * MINUTE],
    ['1 h (Alternative Payments, UAE PASS)', HOUR, 30 * MINUTE, 2 * MINUTE, 27 * MINUTE],
    ['2 d (igni)', 2 * DAY, DAY, 15 * MINUTE, 23 * HOUR + 44 * MINUTE],
    ['7 d (Screening Eagle)', 7 * DAY, 3.5 * DAY, 15 * MINUTE, 3.5 * DAY - 16 * MINUTE],
  ])(
    'a lifetime of %s follows the design and passes the proof',
    (_, lifetime, renewBefore, tick, safeCache) => {
      const found = timing(lifetime);
      expect(found).toEqual({
        lifetimeSeconds: lifetime,
        renewBeforeSeconds: renewBefore,
        tickSeconds: tick,
        safeCacheSeconds: safeCache,
      });
      expect(timingFaults(found)).toEqual([]);
    },
  );

  it('takes a renewBefore that is set', () => {
    expect(timing(2 * HOUR, 45 * MINUTE)).toMatchObject({
      renewBeforeSeconds: 45 * MINUTE,
      tickSeconds: 3 * MINUTE,
    });
  });

  it.each([
    ['a lifetime just too short', timing(289), 'lifetime of at least 290 s'],
    ['4 min', timing(240), 'raise renewBefore'],
    ['a renewBefore of the whole lifetime', timing(HOUR, HOUR), 'lower renewBefore'],
    ['a renewBefore above half the lifetime', timing(HOUR, 45 * MINUTE), 'lower renewBefore'],
    ['a renewBefore of a minute', timing(HOUR, 60), 'raise renewBefore'],
    ['a renewBefore of 0', timing(HOUR, 0), 'no reader could cache'],
    ['no lifetime', timing(0), "write the provider's documented lifetime"],
    ['a lifetime that is no number', timing(Number.NaN), "write the provider's documented lifetime"],
  ])('%s fails the proof with the number to change', (_, found, sentence) => {
    expect(timingFaults(found).join(' ')).toContain(sentence);
  });

  it('the proof is strict at its edges', () => {
    const edge = { lifetimeSeconds: 1000, renewBeforeSeconds: 145, tickSeconds: 60, safeCacheSeconds: 25 };
    expect(timingFaults(edge)).toEqual([]);
    expect(timingFaults({ ...edge, renewBeforeSeconds: 144 })).toHaveLength(1);
    expect(timingFaults({ ...edge, renewBeforeSeconds: 500 })).toEqual([]);
    expect(timingFaults({ ...edge, renewBeforeSeconds: 501 })).toHaveLength(1);
    expect(timingFaults({ ...edge, safeCacheSeconds: 0 })).toHaveLength(1);
  });

  it.each([290, 291, 1001, 3599, 604_801])(
    'by default a lifetime passes the proof from 290 s on, an odd one too: %i s',
    (lifetime) => {
      expect(timingFaults(timing(lifetime))).toEqual([]);
    },
  );

  it('what passes it is renewed so early that a safe cache never holds an expired token', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 700_000 }),
        fc.integer({ min: 1, max: 700_000 }),
        fc.stringMatching(/^[0-9a-f]{8}$/),
        (lifetime, renewBefore, fingerprint) => {
          const numbers = timing(lifetime, renewBefore);
          fc.pre(timingFaults(numbers).length === 0);
          const expiresAt = lifetime * 1000;
          const renewed = renewAt(numbers, { now: 0, expiresAt, fingerprint }) / 1000 + numbers.tickSeconds;
          expect(renewed + numbers.safeCacheSeconds).toBeLessThan(lifetime);
        },
      ),
    );
  });

  it.each([
    [
      { lifetimeSeconds: 289, renewBeforeSeconds: 144, tickSeconds: 60, safeCacheSeconds: 24 },
      'renewBefore is 144 s and must be more than 144 s (tick 60 s + 3 attempts × 8 s + skew 60 s): ' +
        'raise renewBefore, which takes a lifetime of at least 290 s',
    ],
    [
      { lifetimeSeconds: 290, renewBeforeSeconds: 144, tickSeconds: 60, safeCacheSeconds: 24 },
      'renewBefore is 144 s and must be more than 144 s (tick 60 s + 3 attempts × 8 s + skew 60 s): raise renewBefore',
    ],
    [
      { lifetimeSeconds: 1001, renewBeforeSeconds: 501, tickSeconds: 60, safeCacheSeconds: 381 },
      'renewBefore is 501 s and must be at most 500 s (half of the lifetime of 1001 s, before which no token is renewed): ' +
        'lower renewBefore',
    ],
    [
      { lifetimeSeconds: 1000, renewBeforeSeconds: 400, tickSeconds: 60, safeCacheSeconds: 0 },
      'no reader could cache the token safely: renewBefore 400 s − tick 60 s − skew 60 s must be above 0 s: ' +
        'raise renewBefore',
    ],
  ])('says which numbers do not fit, and which to change', (numbers, sentence) => {
    expect(timingFaults(numbers)).toEqual([sentence]);
  });
});
