import { FAILURE_KINDS, type FailureCode } from './errors.ts';

export const STATES = [
  'awaiting-credentials',
  'fresh',
  'failing',
  'blocked',
  'reauthorization-required',
  'paused',
] as const;

/** Expired or not is a question of `expiresAt`, never of the state. */
export type State = (typeof STATES)[number];

export const OUTCOMES = [
  'refreshed',
  'fresh',
  'paused',
  'blocked',
  'failed',
  'awaiting-credentials',
  'reauthorization-required',
] as const;

export type Outcome = (typeof OUTCOMES)[number];

export interface FailureRecord {
  readonly code: FailureCode;
  /** HTTP status of the provider's answer, or null where there was none. */
  readonly status: number | null;
  readonly message: string;
}

/** The public record of a connection, as JSON in its status parameter. Times are ISO 8601 UTC. Holds no secret. */
export interface Status {
  readonly schema: 1;
  readonly connection: string;
  readonly provider: string;
  readonly state: State;
  /** SSM version of the token parameter this status describes. */
  readonly tokenVersion: number | null;
  /** When the request for the token was sent; its lifetime counts from here. */
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
  /** The first tick at or after this instant renews the token. */
  readonly renewAt: string | null;
  readonly tokenType: string | null;
  readonly scope: string | null;
  /** Truncated SHA-256 of the token, for "same token again". */
  readonly fingerprint: string | null;
  /** Secrets Manager version id of the credentials used last. */
  readonly secretVersion: string | null;
  /** AWSCURRENT as the provider rejected it last, where AWSPREVIOUS worked: left alone until the slow probe. */
  readonly rejected: { readonly secretVersion: string; readonly at: string } | null;
  /** What the last attempt was configured with (`configurationOf`): a deployment that changes it is due at once. */
  readonly configuration: string | null;
  readonly lastAttempt: {
    readonly at: string;
    readonly outcome: Outcome;
    readonly durationMs: number;
  } | null;
  readonly failures: {
    readonly consecutive: number;
    readonly since: string | null;
    readonly error: FailureRecord | null;
  };
  /** The first tick at or after this instant attempts again; null where only a person or a new secret helps. */
  readonly nextAttemptAt: string | null;
  readonly pausedUntil: string | null;
  /** When it was said that a person has to log in; null again once the recovery was said. */
  readonly noticedAt: string | null;
  /** One sentence: why the connection is in this state. */
  readonly reason: string;
}

/** The status of a connection about which nothing is known yet. */
export const initialStatus = (connection: string, provider: string): Status => ({
  schema: 1,
  connection,
  provider,
  state: 'awaiting-credentials',
  tokenVersion: null,
  issuedAt: null,
  expiresAt: null,
  renewAt: null,
  tokenType: null,
  scope: null,
  fingerprint: null,
  secretVersion: null,
  rejected: null,
  configuration: null,
  lastAttempt: null,
  failures: { consecutive: 0, since: null, error: null },
  nextAttemptAt: null,
  pausedUntil: null,
  noticedAt: null,
  reason: 'no token has been requested yet',
});

/** A status that describes no token. */
export const NO_TOKEN = {
  tokenVersion: null,
  issuedAt: null,
  expiresAt: null,
  renewAt: null,
  fingerprint: null,
} as const satisfies Partial<Status>;

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const time = (value: unknown): string | null =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : null;
const count = (value: unknown): number | null =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : null;
const oneOf = <T extends string>(values: readonly T[], value: unknown): T | null =>
  values.find((candidate) => candidate === value) ?? null;

const isFailureCode = (value: unknown): value is FailureCode =>
  typeof value === 'string' && Object.hasOwn(FAILURE_KINDS, value);

const lastAttempt = (value: unknown): Status['lastAttempt'] => {
  if (!isObject(value)) return null;
  const at = time(value['at']);
  const outcome = oneOf(OUTCOMES, value['outcome']);
  return at === null || outcome === null
    ? null
    : { at, outcome, durationMs: count(value['durationMs']) ?? 0 };
};

const rejected = (value: unknown): Status['rejected'] => {
  if (!isObject(value)) return null;
  const [secretVersion, at] = [text(value['secretVersion']), time(value['at'])];
  return secretVersion === null || at === null ? null : { secretVersion, at };
};

const failures = (value: unknown): Status['failures'] => {
  const found = isObject(value) ? value : {};
  const error = isObject(found['error']) ? found['error'] : {};
  const code = error['code'];
  return {
    consecutive: count(found['consecutive']) ?? 0,
    since: time(found['since']),
    error: isFailureCode(code)
      ? { code, status: count(error['status']), message: text(error['message']) ?? '' }
      : null,
  };
};

/**
 * Reads a status parameter's value. A value that is no status of this schema answers `null`; a field that is
 * not what it should be is taken as unknown, so that a damaged status costs one refresh and heals.
 */
export const parseStatus = (value: string): Status | null => {
  let found: unknown;
  try {
    found = JSON.parse(value);
  } catch {
    return null;
  }
  if (!isObject(found) || found['schema'] !== 1) return null;
  const connection = text(found['connection']);
  const provider = text(found['provider']);
  const state = oneOf(STATES, found['state']);
  if (connection === null || provider === null || state === null) return null;
  return {
    schema: 1,
    connection,
    provider,
    state,
    tokenVersion: count(found['tokenVersion']),
    issuedAt: time(found['issuedAt']),
    expiresAt: time(found['expiresAt']),
    renewAt: time(found['renewAt']),
    tokenType: text(found['tokenType']),
    scope: text(found['scope']),
    fingerprint: text(found['fingerprint']),
    secretVersion: text(found['secretVersion']),
    rejected: rejected(found['rejected']),
    configuration: text(found['configuration']),
    lastAttempt: lastAttempt(found['lastAttempt']),
    failures: failures(found['failures']),
    nextAttemptAt: time(found['nextAttemptAt']),
    pausedUntil: time(found['pausedUntil']),
    noticedAt: time(found['noticedAt']),
    reason: text(found['reason']) ?? '',
  };
};

/** JSON for a parameter. SSM refuses `{{` anywhere in a value, so it is written escaped. */
export const parameterJson = (value: object): string => JSON.stringify(value).replaceAll('{{', '{\\u007b');

export const serializeStatus = (status: Status): string => parameterJson(status);

/** Milliseconds since the epoch of a status time, or null. */
export const instant = (value: string | null): number | null => (value === null ? null : Date.parse(value));

/** A status time: ISO 8601 UTC. */
export const iso = (epochMs: number): string => new Date(epochMs).toISOString();
