import { expect, test } from 'vitest';
import { middySsm, powertools, reader } from '../bench/reader/contenders.ts';
import { timeline } from '../bench/reader/timeline.ts';
import { live } from '../bench/reader/year.ts';

const DAYS = 30;

test.each([
  ['the shortest lifetime', 300],
  ['half an hour', 1800],
  ['two days', 172_800],
])(
  'no expired token is handed out in 30 simulated days of %s while SSM has a valid one',
  async (_, lifetime) => {
    const score = await live(reader, timeline(7, lifetime, DAYS));
    expect(score.reads).toBeGreaterThan(40_000);
    expect(score.expiredSeconds).toBe(0);
    expect(score.awsCalls).toBeLessThan(score.reads / 3);
  },
);

test('the same days show a cache that lives for ever', async () => {
  const score = await live(middySsm, timeline(7, 1800, DAYS));
  expect(score.expiredSeconds).toBeGreaterThan(86_400);
});

test('a reader with a token in hand does not fail where one that only asks SSM does', async () => {
  const days = timeline(7, 1800, DAYS);
  const [ours, rival] = [await live(reader, days), await live(powertools, days)];
  expect(rival.failedReads).toBeGreaterThan(0);
  expect(ours.failedReads).toBeLessThan(rival.failedReads);
});
