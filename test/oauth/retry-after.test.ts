import { expect, it, vi } from 'vitest';
import { retryAfterSeconds } from '../../functions/oauth/retry-after.ts';

const NOW = Date.parse('2030-01-01T00:00:00.500Z');

it.each([
  ['120', 120],
  [' 120 ', 120],
  ['0', 0],
  ['31536000', 31_536_000],
  ['Tue, 01 Jan 2030 00:02:00 GMT', 120],
  ['Tuesday, 01-Jan-30 00:02:00 GMT', 120],
  ['Tue Jan  1 00:02:00 2030', 120],
  ['Thu Jan 10 00:02:00 2030', 9 * 86_400 + 120],
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
  'Tuesday, 01-Jan-30 00:00:00 GMT',
  'Tuesday, 01-Jan-99 00:02:00 GMT',
  'Tuesday, 01-Jan-2030 00:02:00 GMT',
  'Tue, 01-Jan-30 00:02:00 GMT',
  'on Tuesday, 01-Jan-30 00:02:00 GMT',
  'Tuesday, 01-Jan-30 00:02:00 GMT (or so)',
  'Tue Jan  1 00:00:00 2030',
  'Tue Jan 1 00:02:00 2030',
  'Tue Jan  1 00:02:00 2030 GMT',
  'on Tue Jan  1 00:02:00 2030',
  'Tue, 99 Foo 2030 00:02:00 GMT',
  'Xxx, Tue, 01 Jan 2030 00:02:00 GMT',
])('%j is no time to wait', (value) => {
  expect(retryAfterSeconds(value, NOW)).toBeNull();
});

it.each([
  ['Tue Jan  1 00:02:00 2030', 'Tue Jan  1 00:02:00 2030 GMT'],
  ['Tue, 01 Jan 2030 00:02:00 GMT', 'Tue, 01 Jan 2030 00:02:00 GMT'],
])('"%s" is read as UTC, wherever this runs', (value, read) => {
  const parse = vi.spyOn(Date, 'parse');
  retryAfterSeconds(value, NOW);
  expect(parse).toHaveBeenCalledExactlyOnceWith(read);
  parse.mockRestore();
});
