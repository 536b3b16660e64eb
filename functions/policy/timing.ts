/** Token requests a single run may make. */
export const ATTEMPTS = 3;
/** One deadline over connect, headers and body of a token request. */
export const REQUEST_TIMEOUT_SECONDS = 8;
/** How far clocks of provider, Lambda and reader may be apart. */
export const SKEW_SECONDS = 60;
/** How often a blocked connection is tried all the same. */
export const PROBE_SECONDS = 30 * 60;

const TICK_MAX_MINUTES = 15;

/** The numbers a connection lives by, in seconds. */
export interface Timing {
  readonly lifetimeSeconds: number;
  readonly renewBeforeSeconds: number;
  readonly tickSeconds: number;
  /** How long a plain reader may keep a token it has read. */
  readonly safeCacheSeconds: number;
}

/** Tick and safe cache time that follow from a lifetime and a renewBefore (half the lifetime unless set). */
export const timing = (
  lifetimeSeconds: number,
  renewBeforeSeconds = Math.floor(lifetimeSeconds / 2),
): Timing => {
  const tickMinutes = Math.min(Math.max(Math.floor(renewBeforeSeconds / 15 / 60), 1), TICK_MAX_MINUTES);
  const tickSeconds = tickMinutes * 60;
  return {
    lifetimeSeconds,
    renewBeforeSeconds,
    tickSeconds,
    safeCacheSeconds: renewBeforeSeconds - tickSeconds - SKEW_SECONDS,
  };
};

/**
 * The proof that a connection can be kept fresh:
 * `tick + attempts × timeout + skew < renewBefore ≤ lifetime / 2`, and a positive safe cache time. No token is renewed
 * before half of its life (`renewAt`): a renewBefore above that would promise a cache time that no renewal keeps.
 * Answers one sentence per condition that does not hold, saying which number to change.
 */
export const timingFaults = (t: Timing): string[] => {
  const faults: string[] = [];
  const needed = t.tickSeconds + ATTEMPTS * REQUEST_TIMEOUT_SECONDS + SKEW_SECONDS;
  const shortest = 2 * (needed + 1);
  if (!(t.lifetimeSeconds > 0 && Number.isFinite(t.lifetimeSeconds))) {
    return [`a lifetime of ${t.lifetimeSeconds} s is no lifetime: write the provider's documented lifetime`];
  }
  if (!(t.renewBeforeSeconds > needed)) {
    faults.push(
      `renewBefore is ${t.renewBeforeSeconds} s and must be more than ${needed} s ` +
        `(tick ${t.tickSeconds} s + ${ATTEMPTS} attempts × ${REQUEST_TIMEOUT_SECONDS} s + skew ${SKEW_SECONDS} s): ` +
        `raise renewBefore${t.lifetimeSeconds < shortest ? `, which takes a lifetime of at least ${shortest} s` : ''}`,
    );
  }
  if (!(t.renewBeforeSeconds <= t.lifetimeSeconds / 2)) {
    faults.push(
      `renewBefore is ${t.renewBeforeSeconds} s and must be at most ${Math.floor(t.lifetimeSeconds / 2)} s ` +
        `(half of the lifetime of ${t.lifetimeSeconds} s, before which no token is renewed): lower renewBefore`,
    );
  }
  if (!(t.safeCacheSeconds > 0)) {
    faults.push(
      `no reader could cache the token safely: renewBefore ${t.renewBeforeSeconds} s − tick ${t.tickSeconds} s ` +
        `− skew ${SKEW_SECONDS} s must be above 0 s: raise renewBefore`,
    );
  }
  return faults;
};
