import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { FAILURE_KINDS, type FailureCode, RefreshError } from '../functions/errors.ts';
import { nextAttemptAt, stateAfterFailure } from '../functions/policy/failure.ts';

const page = readFileSync(new URL('../docs/failures.md', import.meta.url), 'utf8');
const [, ofRefresh = '', ofExchange = ''] = page.split(/^## .*$/m);
const rows = (section: string) =>
  section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
const codeOf = ([cell = '']: string[]) => cell.replaceAll('`', '') as FailureCode;

const NOW = Date.parse('2030-01-01T00:00:00Z');
/** When a connection with so many seconds of life left is tried again, in seconds. */
const seconds = (code: FailureCode, left: number) => {
  const times = { startedAt: NOW, now: NOW, expiresAt: new Date(NOW + left * 1000).toISOString() };
  const next = nextAttemptAt(new RefreshError(code, 'no'), { tickSeconds: 60 }, times);
  return next === null ? null : (next - NOW) / 1000;
};
const nextOf = (code: FailureCode): string => {
  // The watch sets no time: a login comes when it comes.
  if (code === 'reauthorization_required') return 'each tick looks';
  const [long, expired] = [seconds(code, 1000), seconds(code, -1)];
  if (long === null) return 'each tick looks';
  if (long === 30) return 'next tick';
  return long === 500 && expired === 1800 ? 'half-life' : long === 1800 ? '30 minutes' : `after ${long} s`;
};

describe('docs/failures.md', () => {
  it('tells every code once', () => {
    const told = [...rows(ofRefresh), ...rows(ofExchange)].map(codeOf);
    expect(told.toSorted()).toEqual(Object.keys(FAILURE_KINDS).toSorted());
  });

  it.each(rows(ofRefresh).map((row) => [codeOf(row), row] as const))(
    'tells the state and the next attempt after %s as they are',
    (code, [, state, next, meaning, remedy]) => {
      if (state !== '–') expect(state).toBe(`\`${stateAfterFailure(code)}\``);
      else expect(code).toMatch(/^status_/);
      expect(next).toBe(nextOf(code));
      expect(meaning).toMatch(/\.$/);
      expect(remedy).toMatch(/\.$/);
    },
  );

  it('explains each word it uses for the next attempt', () => {
    for (const word of new Set(rows(ofRefresh).map(([, , next]) => next))) {
      expect(page).toContain(`- *${word}*:`);
    }
  });
});
