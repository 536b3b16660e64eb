/** A time in which a provider does not answer, in milliseconds. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

/** Mulberry32: a small seeded generator, uniform in [0, 1). */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/**
 * Random outages until `end`: each between `shortest` and `longest`, and between two of them at least `apart`, so
 * that a tick gets through.
 */
export const outages = (
  random: () => number,
  {
    start,
    end,
    shortest,
    longest,
    apart,
  }: Record<'start' | 'end' | 'shortest' | 'longest' | 'apart', number>,
): Outage[] => {
  const found: Outage[] = [];
  for (let at = start; ; ) {
    const from = at + apart + random() * 2 * longest;
    const to = from + shortest + random() * (longest - shortest);
    if (to > end) return found;
    found.push({ from, to });
    at = to;
  }
};
