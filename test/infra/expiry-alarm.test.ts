import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renewAt } from '../../functions/policy/renewal.ts';
import { REQUEST_TIMEOUT_SECONDS, type Timing, timing, timingFaults } from '../../functions/policy/timing.ts';
import { expiryAlarm } from '../../infra/connection-alarms.ts';

/** Everything the synthesis lets pass, with more of what is short. */
const allowed = fc
  .oneof(fc.integer({ min: 200, max: 1200 }), fc.integer({ min: 200, max: 700_000 }))
  .chain((lifetime) =>
    fc
      .option(fc.integer({ min: 1, max: lifetime }), { nil: undefined })
      .map((renewBefore) => timing(lifetime, renewBefore)),
  )
  .filter((numbers) => timingFaults(numbers).length === 0);

/** Where in the schedule's rhythm a token is issued: 0 at a tick, 1 a tick later. */
const phase = fc.double({ min: 0, max: 1, noNaN: true });

/** Seconds a token has left when as many ticks in a row have found too little of it as the alarm wants. */
const leftAtAlarm = (numbers: Timing, at: number): number => {
  const { thresholdSeconds, evaluationPeriods } = expiryAlarm(numbers);
  const { lifetimeSeconds, tickSeconds } = numbers;
  const ticksBefore = Math.floor((lifetimeSeconds - thresholdSeconds - at * tickSeconds) / tickSeconds) + 1;
  return lifetimeSeconds - (at + ticksBefore + evaluationPeriods - 1) * tickSeconds;
};

describe('the alarm on expiry', () => {
  it('goes on before the token expires, with a minute to spare, from a lifetime of 8 minutes and 16 seconds on', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 496, max: 700_000 }).map((lifetime) => timing(lifetime)),
        phase,
        (numbers, at) => leftAtAlarm(numbers, at) >= 60,
      ),
    );
  });

  it('goes on a minute and a half after expiry at the latest, whatever the synthesis lets pass', () => {
    fc.assert(fc.property(allowed, phase, (numbers, at) => leftAtAlarm(numbers, at) >= -90));
  });

  it('is never a tick closer for a token that is renewed in time, however long the request took', () => {
    fc.assert(
      fc.property(
        allowed,
        phase,
        fc.double({ min: 0, max: REQUEST_TIMEOUT_SECONDS, noNaN: true }),
        fc.stringMatching(/^[0-9a-f]{8}$/),
        (numbers, at, took, fingerprint) => {
          const { lifetimeSeconds, tickSeconds } = numbers;
          const expiresAt = lifetimeSeconds * 1000;
          const due = renewAt(numbers, { now: took * 1000, expiresAt, fingerprint });
          // The last tick that is not due reports the least a healthy token ever has.
          const ticks = Math.ceil(due / 1000 / tickSeconds - at) - 1;
          const least = Math.floor(lifetimeSeconds - (at + ticks) * tickSeconds);
          expect(least).toBeGreaterThanOrEqual(expiryAlarm(numbers).thresholdSeconds);
        },
      ),
    );
  });

  it('takes more than one late tick and a newest period without a value yet', () => {
    fc.assert(fc.property(allowed, (numbers) => expiryAlarm(numbers).evaluationPeriods >= 3));
  });

  it('comes at half of renewBefore where there is time enough, and earlier where ticks are few', () => {
    expect(expiryAlarm(timing(1800))).toEqual({ thresholdSeconds: 450, evaluationPeriods: 4 });
    expect(expiryAlarm(timing(172_800))).toEqual({ thresholdSeconds: 43_200, evaluationPeriods: 4 });
    expect(expiryAlarm(timing(720))).toEqual({ thresholdSeconds: 240, evaluationPeriods: 3 });
    expect(expiryAlarm(timing(300))).toEqual({ thresholdSeconds: 142, evaluationPeriods: 3 });
  });
});
