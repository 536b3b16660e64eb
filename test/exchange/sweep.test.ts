import { describe, expect, it } from 'vitest';
import { slotOf } from '../../functions/connection.ts';
import type { Stored } from '../../functions/edges/parameters.ts';
import { RefreshError } from '../../functions/errors.ts';
import type { Sweep } from '../../functions/policy/sweep.ts';
import { initialStatus, iso, type Status } from '../../functions/status.ts';
import { clean } from '../../functions/sweep.ts';
import { START, UAE_PASS } from './world.ts';

const status = (seconds: number): Status => ({
  ...initialStatus('uae-pass', 'uae-pass'),
  tokenVersion: 1,
  expiresAt: iso(START + seconds * 1000),
});
const EXPIRED: Stored = { status: status(-1), version: 1, tokenVersion: 1 };
const LIVE: Stored = { status: status(3600), version: 2, tokenVersion: 2 };

const NOTHING: Sweep = {
  heal: [],
  expired: [],
  orphans: [],
  codes: [],
  busy: new Set(),
  liveSubjects: 0,
};
const people = (count: number) => Array.from({ length: count }, (_, person) => `p${person}`);

/** What is stored of some subjects, behind calls that are counted; `onCall` hears of each before it has an effect. */
const store = (subjects: readonly string[], onCall: (calls: number) => void = () => undefined) => {
  const stored = new Map<string | null, Stored>(subjects.map((subject) => [subject, EXPIRED]));
  const names = new Map<string, { subject: string | null; gone: Partial<Stored> }>(
    [null, ...subjects].flatMap((subject) => {
      const { tokenParameter, statusParameter } = slotOf(UAE_PASS, subject);
      return [
        [tokenParameter, { subject, gone: { tokenVersion: null } }],
        [statusParameter, { subject, gone: { status: null, version: 0 } }],
      ] as const;
    }),
  );
  let calls = 0;
  const called = () => {
    calls += 1;
    onCall(calls);
  };
  const removed: string[][] = [];
  return {
    stored,
    removed,
    tokens: () => [...stored.values()].filter(({ tokenVersion }) => tokenVersion !== null).length,
    statuses: () => [...stored.values()].filter((one) => one.status !== null).length,
    edges: {
      slot: (subject: string | null) => ({
        readStatus: async () => {
          called();
          return stored.get(subject) ?? { status: null, version: 0, tokenVersion: null };
        },
        writeStatus: async (_: Status, read: Stored) => read,
      }),
      tree: {
        list: async () => [],
        remove: async (gone: readonly string[]) => {
          if (gone.length === 0) return;
          called();
          removed.push([...gone]);
          for (const name of gone) {
            const found = names.get(name);
            if (found === undefined) continue;
            const { subject, gone: parts } = found;
            stored.set(subject, { ...(stored.get(subject) ?? EXPIRED), ...parts });
          }
        },
      },
    },
  };
};
const NEVER = new AbortController().signal;

describe('a backlog of expired subjects', () => {
  const CALL_MS = 20;
  /** What listing them has left of a function's minute. */
  const LEFT_MS = 45_000;

  it('is cleared although a tick is killed before it is through', async () => {
    let left = 0;
    const { edges, tokens, statuses } = store(people(2500), () => {
      left -= CALL_MS;
      if (left < 0) throw new RefreshError('subjects_not_deleted', 'killed');
    });
    const tokensLeft: number[] = [];
    for (let tick = 0; tick < 2; tick += 1) {
      left = LEFT_MS;
      const expired = people(2500).slice(2500 - statuses());
      await clean({ ...NOTHING, expired }, UAE_PASS, edges, START, NEVER).catch(() => undefined);
      tokensLeft.push(tokens());
    }
    expect(tokensLeft[0]).toBeLessThan(700);
    expect([tokensLeft[1], statuses()]).toEqual([0, 0]);
  });

  it('is left to the next tick once the time is up, between two batches', async () => {
    const time = new AbortController();
    const { edges, tokens, statuses } = store(people(100), (calls) => {
      if (calls === 30) time.abort();
    });
    await clean({ ...NOTHING, expired: people(100), codes: ['code'] }, UAE_PASS, edges, START, time.signal);
    // Ten looks and two deletions for each ten.
    expect([tokens(), statuses()]).toEqual([70, 70]);
  });
});

describe('what a sweep deletes', () => {
  it('is looked at again, ten at a time, right before: tokens first, then statuses', async () => {
    const { edges, removed, stored } = store(people(12));
    stored.set('p3', LIVE);
    stored.set('p4', { ...EXPIRED, tokenVersion: 2 });
    stored.set('p11', { ...EXPIRED, tokenVersion: null });
    await clean({ ...NOTHING, expired: people(12) }, UAE_PASS, edges, START, NEVER);
    const parameters = (kind: 'tokenParameter' | 'statusParameter', numbers: number[]) =>
      numbers.map((person) => slotOf(UAE_PASS, `p${person}`)[kind]);
    expect(removed).toEqual([
      parameters('tokenParameter', [0, 1, 2, 5, 6, 7, 8, 9]),
      parameters('statusParameter', [0, 1, 2, 5, 6, 7, 8, 9]),
      parameters('tokenParameter', [10, 11]),
      parameters('statusParameter', [10, 11]),
    ]);
  });

  it('is no token somebody has logged in for since, in place of the one a dead run left', async () => {
    const { edges, tokens, stored } = store(people(2));
    stored.set(null, { status: null, version: 0, tokenVersion: 1 });
    stored.set('p0', LIVE);
    await clean({ ...NOTHING, orphans: [null, 'p0', 'p1'] }, UAE_PASS, edges, START, NEVER);
    expect(tokens()).toBe(1);
    expect(stored.get('p0')).toBe(LIVE);
  });

  it('are markers in tens', async () => {
    const { edges, removed } = store([]);
    await clean({ ...NOTHING, codes: people(12) }, UAE_PASS, edges, START, NEVER);
    expect(removed.map((names) => names.length)).toEqual([10, 2]);
    expect(removed[1]?.[0]).toBe('/token-refresher/codes/uae-pass/p10');
  });
});
