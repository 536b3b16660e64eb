import { createHash } from 'node:crypto';
import type { FailureCode } from './errors.ts';
import { FAILURE_KINDS } from './errors.ts';
import { CODE_REFUSALS, type CodeRefusal } from './oauth/code-refusal.ts';
import { iso, parameterJson, parseStatus, type Status } from './status.ts';

/** Why no token came of a code. */
export type CodeFault = CodeRefusal | FailureCode | 'redirect_uri_not_allowed';

/** What came of a code, for good. */
export type CodeResult =
  | { readonly outcome: 'exchanged'; readonly status: Status }
  | {
      readonly outcome: 'rejected' | 'reauthorization-required';
      readonly error: CodeFault;
      readonly reason: string;
    };

/**
 * What a code leaves behind once it is handed in, as JSON under `{prefix}/codes/{connection}/{key}`: who took it, when,
 * for which slot, and what came of it. Holds neither the code nor a token.
 */
export interface CodeMarker {
  readonly schema: 1;
  /** Random, per run: tells this run's marker from another's. */
  readonly run: string;
  /** When the code was handed in, ISO 8601 UTC. */
  readonly at: string;
  readonly subject: string | null;
  /** null while the run is at work, and for good where it died. */
  readonly result: CodeResult | null;
}

/** A run without a result after this long has died: its function was stopped long before. Milliseconds. */
export const RUN_OVER_MS = 60_000;

/** The marker of a run that begins now. */
export const newMarker = (run: string, at: number, subject: string | null): CodeMarker => ({
  schema: 1,
  run,
  at: iso(at),
  subject,
  result: null,
});

/** The name of a code's marker: SHA-256 of client id and code, in hexadecimal. */
export const codeKey = (client_id: string, code: string): string =>
  createHash('sha256').update(`${client_id}\0${code}`).digest('hex');

export const serializeMarker = (marker: CodeMarker): string => parameterJson(marker);

type Json = Readonly<Record<string, unknown>>;

/** Reads a marker's parameter; null for anything that is no marker of this schema. */
export const parseMarker = (value: string): CodeMarker | null => {
  const found = parse(value);
  const { schema, run, at, subject, result } = found;
  if (schema !== 1 || typeof run !== 'string' || typeof at !== 'string' || Number.isNaN(Date.parse(at)))
    return null;
  return {
    schema,
    run,
    at,
    subject: typeof subject === 'string' ? subject : null,
    result: parseResult(result),
  };
};

const parse = (value: string): Json => {
  try {
    const found: unknown = JSON.parse(value);
    return typeof found === 'object' && found !== null ? (found as Json) : {};
  } catch {
    return {};
  }
};

const parseResult = (value: unknown): CodeResult | null => {
  if (typeof value !== 'object' || value === null) return null;
  const { outcome, status, error, reason } = value as Json;
  if (outcome === 'exchanged') {
    const parsed = parseStatus(JSON.stringify(status ?? null));
    return parsed === null ? null : { outcome, status: parsed };
  }
  if (outcome !== 'rejected' && outcome !== 'reauthorization-required') return null;
  return isFault(error) ? { outcome, error, reason: typeof reason === 'string' ? reason : '' } : null;
};

const isFault = (value: unknown): value is CodeFault =>
  typeof value === 'string' &&
  (Object.hasOwn(FAILURE_KINDS, value) ||
    Object.hasOwn(CODE_REFUSALS, value) ||
    value === 'redirect_uri_not_allowed');
