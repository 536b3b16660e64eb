/**
 * What each failure means for the next attempt.
 *
 * - `transient`: the same request may succeed soon; retried at the next tick.
 * - `permanent`: credentials or configuration; no call until they change, a slow probe, or `force`.
 * - `reauthorization`: only a person can help.
 */
export type FailureKind = 'transient' | 'permanent' | 'reauthorization';

/** The stable codes of a failure: written to the status, the log and the answer. */
export const FAILURE_KINDS = {
  unreachable: 'transient',
  connection_lost: 'transient',
  timed_out: 'transient',
  rate_limited: 'transient',
  provider_unavailable: 'transient',
  same_token_expired: 'transient',
  secret_unreadable: 'transient',
  token_not_stored: 'transient',
  status_unreadable: 'transient',
  status_not_stored: 'transient',
  code_not_taken: 'transient',
  code_not_recorded: 'transient',
  notice_not_sent: 'transient',
  token_not_deleted: 'transient',
  subjects_unreadable: 'transient',
  subjects_not_deleted: 'transient',
  redirected: 'permanent',
  response_too_large: 'permanent',
  not_a_token_response: 'permanent',
  invalid_access_token: 'permanent',
  token_too_large: 'permanent',
  unsupported_token_type: 'permanent',
  invalid_lifetime: 'permanent',
  request_rejected: 'permanent',
  credentials_rejected: 'permanent',
  credentials_invalid: 'permanent',
  credentials_empty: 'permanent',
  credentials_missing: 'permanent',
  invalid_grant: 'reauthorization',
  reauthorization_required: 'reauthorization',
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof FAILURE_KINDS;

export interface RefreshErrorDetails {
  /** HTTP status of the provider's answer, where there was one. */
  readonly status?: number;
  /** `Retry-After` in whole seconds, where the provider sent a valid one. */
  readonly retryAfterSeconds?: number | null;
  /** What the provider said of its refusal: at most 200 printable characters, scrubbed. */
  readonly said?: string;
  readonly cause?: unknown;
}

/**
 * A refresh that did not produce a stored token.
 *
 * `message` is made here and holds at most 200 printable characters of scrubbed provider text; nothing in it
 * or in `cause` ever holds a body, a header, a credential or a token.
 */
export class RefreshError extends Error {
  readonly code: FailureCode;
  readonly kind: FailureKind;
  readonly status: number | null;
  readonly retryAfterSeconds: number | null;
  readonly said: string | null;

  constructor(code: FailureCode, message: string, details: RefreshErrorDetails = {}) {
    super(message, details.cause === undefined ? {} : { cause: details.cause });
    this.name = 'RefreshError';
    this.code = code;
    this.kind = FAILURE_KINDS[code];
    this.status = details.status ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
    this.said = details.said ?? null;
  }
}

/** A provider, setting, environment variable or event that cannot be used as it is. The message says what to write. */
export class ConfigurationError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ConfigurationError';
  }
}
