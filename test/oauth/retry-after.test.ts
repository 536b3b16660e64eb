import { expect, it } from 'vitest';
import { retryAfterSeconds } from '../../functions/oauth/retry-after.ts';

const NOW = Date.parse('2030-01-01T00:00:00.500Z');

it.each([
  ['120', 120],
  [' 120 ', 120],
  ['0', 0],
  ['31536000', 31_536_000],
  ['Tue, 01 Jan 2030 00:02:00 GMT', 120],
])('"%s" is %d s', (value, seconds) => {
  expect(retryAfterSeconds(value, NOW)).toBe(seconds);
});

it.each([
  null,
  '',
  'soon',
  '-5',
  '1.5',
  '1e3',
  '12345678901',
  '2030-01-01T00:02:00Z',
  'Tue, 01 Jan 2030 00:00:00 GMT',
  'Tue, 01 Jan 2030 00:02:00 GMT, 5',
  'Xxx, Tue, 01 Jan 2030 00:02:00 GMT',
])('%j is no time to wait', (value) => {
  expect(retryAfterSeconds(value, NOW)).toBeNull();
});
