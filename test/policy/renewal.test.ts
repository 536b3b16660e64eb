import { expect, it } from 'vitest';
import { renewAt } from '../../functions/policy/renewal.ts';

const NOW = 1_900_000_000_000;
const NO_JITTER = '0000000000000000';
const MOST_JITTER = 'ffffffffffffffff';
const delay = (remaining: number, fingerprint = NO_JITTER, renewBeforeSeconds = 900) =>
  (renewAt({ renewBeforeSeconds }, { now: NOW, expiresAt: NOW + remaining * 1000, fingerprint }) - NOW) /
  1000;

it('a token is renewed renewBefore ahead of its expiry', () => {
  expect(delay(1800)).toBe(900);
  expect(delay(3600)).toBe(2700);
});

it('a token with less than twice renewBefore left is renewed at half of what is left', () => {
  expect(delay(1000)).toBe(500);
  expect(delay(100)).toBe(50);
});

it('a token that has nothing left is due at once', () => {
  expect(delay(0)).toBe(0);
  expect(delay(-500)).toBe(0);
});

it('jitter makes it earlier by up to a tenth, never later', () => {
  expect(delay(1800, MOST_JITTER)).toBeGreaterThanOrEqual(810);
  expect(delay(1800, MOST_JITTER)).toBeLessThan(811);
  expect(delay(1800, '8000000000000000')).toBe(855);
});

it('the same token has the same jitter', () => {
  expect(delay(1800, 'a1b2c3d4e5f60718')).toBe(delay(1800, 'a1b2c3d4e5f60718'));
});
