import { renewAt } from '../../../functions/policy/renewal.ts';
import { SKEW_SECONDS, timing } from '../../../functions/policy/timing.ts';

/** Mulberry32: a small seeded generator of numbers in [0, 1). */
export const random = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/** A span of time, `to` excluded. Milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One token as it went into the parameters. Milliseconds of true time, except for what the status claims. */
export interface Write {
  readonly version: number;
  readonly token: string;
  readonly writtenAt: number;
  /** When the status that describes it was written: shortly after, or with the next tick where the writer died. */
  readonly statusAt: number;
  /** What the status says: told by the writer's clock. */
  readonly claimedExpiry: number;
  readonly trueExpiry: number;
}

/** What happens to one connection in a simulated time, the same for every reader. */
export interface Timeline {
  readonly writes: readonly Write[];
  readonly ssmOutages: readonly Span[];
  /** True instants at which somebody asks for the token. */
  readonly readsAt: readonly number[];
  /** When an environment is replaced, and how far the next one's clock is off. */
  readonly environments: readonly { readonly from: number; readonly clockOffset: number }[];
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const spans = (
  next: () => number,
  end: number,
  everyMs: number,
  length: (next: () => number) => number,
): Span[] => {
  const found: Span[] = [];
  let at = exponential(next, everyMs);
  while (at < end) {
    const to = at + length(next);
    found.push({ from: at, to });
    at = to + exponential(next, everyMs);
  }
  return found;
};

const exponential = (next: () => number, mean: number): number => -Math.log(1 - next()) * mean;

/** Whether an instant lies in one of the spans, asked with instants that only grow. */
export const during = (ordered: readonly Span[]): ((at: number) => boolean) => {
  let index = 0;
  return (at) => {
    let span = ordered[index];
    while (span !== undefined && span.to <= at) {
      index += 1;
      span = ordered[index];
    }
    return span !== undefined && span.from <= at;
  };
};

/**
 * A connection's time: the writer keeps its policy (tick, half of the life left), the provider is down about
 * three times a month for up to twice `renewBefore`, SSM about once a week for minutes; one write in fifty dies
 * before its status; clocks of writer and readers are off by up to half of the allowed skew each; reads come in
 * bursts, an environment lives for hours.
 */
export const timeline = (seed: number, lifetimeSeconds: number, days: number): Timeline => {
  const next = random(seed);
  const end = days * DAY;
  const { renewBeforeSeconds, tickSeconds } = timing(lifetimeSeconds);
  const clockOffset = () => (next() - 0.5) * SKEW_SECONDS * 1000;
  const tick = tickSeconds * 1000;

  const providerIsDown = during(
    spans(
      next,
      end,
      10 * DAY,
      (roll) => (roll() < 0.5 ? roll() * 2 : roll() * 0.2) * renewBeforeSeconds * 1000,
    ),
  );
  const ssmOutages = spans(next, end, 7 * DAY, (roll) => exponential(roll, 3 * MINUTE));
  const ssmIsDown = during(ssmOutages);

  const writes: Write[] = [];
  let due = 0;
  for (let at = tick * next(); at < end; at += tick) {
    const offset = clockOffset();
    if (at + offset < due || providerIsDown(at) || ssmIsDown(at)) continue;
    const version = writes.length + 1;
    const trueExpiry = at + lifetimeSeconds * 1000;
    const claimedExpiry = trueExpiry + offset;
    const fingerprint = Math.floor(next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    due = renewAt({ renewBeforeSeconds }, { now: at + offset, expiresAt: claimedExpiry, fingerprint });
    const writtenAt = at + 500;
    const statusAt = writtenAt + (next() < 0.02 ? tick : 50);
    writes.push({ version, token: `token-${version}`, writtenAt, statusAt, claimedExpiry, trueExpiry });
  }

  const readsAt: number[] = [];
  let at = (writes[0]?.statusAt ?? 0) + 1;
  while (at < end) {
    readsAt.push(at);
    at += next() < 0.5 ? exponential(next, 500) : exponential(next, 2 * MINUTE);
  }

  const environments = [{ from: 0, clockOffset: clockOffset() }];
  for (let from = 0; from < end; from += exponential(next, 4 * HOUR)) {
    environments.push({ from, clockOffset: clockOffset() });
  }
  return { writes, ssmOutages, readsAt, environments };
};
