import type { Row } from '../../functions/board/row.ts';
import { type Verdict, verdictOn } from './verdict.ts';

const EVERY_MS = 5000;

/** The world, as the gate sees it. Times in milliseconds. */
export interface GateWorld {
  readonly readRows: () => Promise<readonly Row[]>;
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Looks until every connection that has credentials is fresh, or the time is over; the last verdicts. */
export const watchGate = async (
  { readRows, now, wait }: GateWorld,
  waitMs: number,
): Promise<readonly Verdict[]> => {
  const deadline = now() + waitMs;
  for (;;) {
    const verdicts = (await readRows()).map((row) => verdictOn(row, now()));
    if (verdicts.every(({ verdict }) => verdict !== 'waits') || now() >= deadline) return verdicts;
    await wait(EVERY_MS);
  }
};

/** One line per connection, and whether the gate is open. No connection at all is a wrong prefix or account. */
export const gateReport = (
  verdicts: readonly Verdict[],
  prefix: string,
): { lines: string[]; open: boolean } => {
  if (verdicts.length === 0) {
    return {
      lines: [`there is no connection under ${prefix}/config: check prefix, account and region`],
      open: false,
    };
  }
  const word = { fresh: 'fresh', excused: 'excused', waits: 'NOT FRESH' } as const;
  return {
    lines: verdicts.map(({ connection, verdict, reason }) => `${connection}: ${word[verdict]}, ${reason}`),
    open: verdicts.every(({ verdict }) => verdict !== 'waits'),
  };
};
