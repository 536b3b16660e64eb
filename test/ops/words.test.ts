import { describe, expect, it } from 'vitest';
import { clock, duration, fromNow, parseDuration, wrapped } from '../../infra/ops/words.ts';
import { NOW } from './fixtures.ts';

describe('a duration', () => {
  it.each([
    ['90s', 90_000],
    ['15m', 900_000],
    ['2h', 7_200_000],
    ['1d', 86_400_000],
    ['1.5h', 5_400_000],
    ['2 hours', 7_200_000],
  ])('is read from %s', (text, expected) => {
    expect(parseDuration('--for', text)).toBe(expected);
  });

  it.each(['', '2', '-2h', '0s', 'soon', '2 fortnights', '1e3', '2h 5m'])('is refused from "%s"', (text) => {
    expect(() => parseDuration('--for', text)).toThrow(
      `--for "${text}" is no duration: write a number and a unit, such as 90s, 15m, 2h or 1d`,
    );
  });

  it('is written in at most two units and never below zero', () => {
    expect(duration(47 * 3_600_000 + 59_000)).toBe('1d 23h');
    expect(duration(61_999)).toBe('1m 1s');
    expect(duration(-5)).toBe('0ms');
  });
});

it('breaks a line between words, for a terminal that would break it anywhere', () => {
  expect(wrapped('one two three', 13)).toBe('one two three');
  expect(wrapped('one two three', 12)).toBe('one two\nthree');
  expect(wrapped('a --long-word', 5)).toBe('a\n--long-word');
});

it('tells a time from now, and by the clock', () => {
  expect(fromNow(NOW + 302_000, NOW)).toBe('in 5m 2s');
  expect(fromNow(NOW - 302_000, NOW)).toBe('5m 2s ago');
  expect(fromNow(NOW - 400, NOW)).toBe('just now');
  expect(clock(NOW)).toBe('2030-01-01 03:00:00 UTC');
});
