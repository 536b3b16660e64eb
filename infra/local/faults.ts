import { parseDuration } from '../ops/words.ts';

/** What `--fault target=kind[:argument][@start]` asks for. Durations are wall-clock milliseconds. */
export interface Fault {
  /** A connection, `ssm` or `secretsmanager`. */
  readonly target: string;
  readonly kind: string;
  /** The kind's argument: milliseconds, seconds, a probability or a count; null where it has none. */
  readonly amount: number | null;
  /** Since the sandbox started. */
  readonly startMs: number;
  readonly endMs: number;
}

type Argument = 'how long' | 'delay' | 'seconds' | 'probability' | 'count';

/** What a provider can do to a connection. */
export const PROVIDER_FAULTS = {
  outage: 'how long',
  reset: 'how long',
  html: 'how long',
  garbage: 'how long',
  redirect: 'how long',
  drip: 'how long',
  bomb: 'how long',
  rejected: 'how long',
  'same-token': 'how long',
  revoke: 'how long',
  latency: 'delay',
  '429': 'seconds',
} as const satisfies Record<string, Argument>;

const SECRETS_FAULTS = { throttle: 'probability', denied: 'how long', latency: 'delay' } as const;

/** What AWS can do to the functions. */
export const AWS_FAULTS = {
  ssm: { ...SECRETS_FAULTS, stale: 'delay', crash: 'count' },
  secretsmanager: SECRETS_FAULTS,
} as const satisfies Record<string, Record<string, Argument>>;

export type ProviderFaultKind = keyof typeof PROVIDER_FAULTS;

const DEFAULTS: Readonly<Record<Argument, number | null>> = {
  'how long': null,
  delay: 2000,
  seconds: null,
  probability: 0.5,
  count: 1,
};

const kindsOf = (target: string): Readonly<Record<string, Argument>> =>
  Object.hasOwn(AWS_FAULTS, target) ? AWS_FAULTS[target as keyof typeof AWS_FAULTS] : PROVIDER_FAULTS;

/** One value of `--fault`. @throws Error with one sentence that lists what is known */
export const parseFault = (text: string): Fault => {
  const [, target, kind, argument, start] = /^([^=]+)=([^:@]+)(?::([^@]*))?(?:@(.*))?$/.exec(text) ?? [];
  if (target === undefined || kind === undefined) {
    throw new Error(`--fault "${text}": write target=kind, such as uqudo=outage:90s or ssm=throttle:0.3`);
  }
  const kinds = kindsOf(target);
  const takes = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
  if (takes === undefined) {
    const known = Object.keys(kinds).join(', ');
    throw new Error(`--fault "${text}": ${target} has no fault "${kind}": known are ${known}`);
  }
  const amount = argument === undefined ? DEFAULTS[takes] : amountOf(text, takes, argument);
  const startMs = start === undefined ? 0 : duration(text, start);
  const endMs = takes === 'how long' && amount !== null ? startMs + amount : Number.POSITIVE_INFINITY;
  return { target, kind, amount, startMs, endMs };
};

/** @throws Error naming the connections, where a fault's target is none of them */
export const checkTargets = (faults: readonly Fault[], connections: readonly string[]): void => {
  const known = [...connections, ...Object.keys(AWS_FAULTS)];
  const stranger = faults.find(({ target }) => !known.includes(target));
  if (stranger !== undefined) {
    throw new Error(`--fault: there is no connection "${stranger.target}": known are ${known.join(', ')}`);
  }
};

/** Those of a target that hold at an instant after the start. */
export const activeFaults = (faults: readonly Fault[], target: string, elapsedMs: number): Fault[] =>
  faults.filter((fault) => fault.target === target && fault.startMs <= elapsedMs && elapsedMs < fault.endMs);

const duration = (text: string, argument: string): number => parseDuration(`--fault "${text}":`, argument);

const amountOf = (text: string, takes: Argument, argument: string): number => {
  if (takes === 'how long' || takes === 'delay') return duration(text, argument);
  const number = /^\d+(?:\.\d+)?$/.test(argument) ? Number(argument) : Number.NaN;
  if (takes === 'probability') {
    if (number >= 0 && number <= 1) return number;
    throw new Error(
      `--fault "${text}": "${argument}" is no probability: write a number from 0 to 1, such as 0.3`,
    );
  }
  if (Number.isSafeInteger(number)) return number;
  const example = takes === 'seconds' ? 'whole seconds, such as 120' : 'a whole number, such as 1';
  throw new Error(`--fault "${text}": "${argument}" must be ${example}`);
};
