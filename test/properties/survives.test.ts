import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { happenings } from './happenings.ts';
import { play } from './schedule.ts';

const RUNS = Number(process.env['SCHEDULES'] ?? 300);
const SEED = Number(
  process.env['SEED'] ?? (process.env['SCHEDULES'] === undefined ? 20_300_101 : Date.now()),
);

describe(`${RUNS} random schedules of faults, seed ${SEED}`, () => {
  it.each([
    ['leaves older tokens alone', false],
    ['revokes the older token when it issues one', true],
  ])(
    'with a provider that %s: the stored token is one it issued, never replaced by nothing, claimed no longer than given, and fresh two ticks after the faults',
    async (_, revokes) => {
      await fc.assert(
        fc.asyncProperty(happenings, async (sequence) => {
          expect(await play({ revokes, happenings: sequence })).toEqual([]);
        }),
        { numRuns: Math.ceil(RUNS / 2), seed: SEED },
      );
    },
    600_000,
  );
});
