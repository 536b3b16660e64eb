import type { Buffer } from 'node:buffer';
import { type FailureCode, RefreshError } from '../errors.ts';
import { jwtExp } from './jwt.ts';
import { providerText } from './provider-text.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { TokenHttpResponse } from './send.ts';

/** A token as issued (RFC 6749 §5.1), checked. */
export interface Token {
  readonly access_token: string;
  /** As the server spelled it; `Bearer` where it said nothing. */
  readonly token_type: string;
  readonly scope: string | null;
  /** When the request was sent, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
  /** What was odd about the response but not wrong; for the log, without any value of it. */
  readonly warnings: readonly string[];
}

export interface Expected {
  /** Documented lifetime in seconds. */
  readonly lifetimeSeconds: number;
  /** The scope asked for, where one was. */
  readonly scope?: string | undefined;
  /** What the provider could echo and nobody may read. */
  readonly secrets: readonly string[];
  /** Whether a token is the one that is stored already. @default none is */
  readonly isKnown?: (access_token: string) => boolean;
}

/** SSM's limit for an Advanced parameter. */
export const MAX_TOKEN_BYTES = 8192;
const MAX_LIFETIME_SECONDS = 2 ** 31;

type Json = Readonly<Record<string, unknown>>;

/**
 * Judges a token endpoint's answer by RFC 6749 §5 and by what real endpoints do. Does no I/O.
 *
 * @throws RefreshError; no message holds a token or more than 200 scrubbed characters of provider text
 */
export const tokenFrom = (response: TokenHttpResponse, expected: Expected): Token => {
  const { status } = response;
  const body = parseBody(response.body);
  if (status >= 300 && status < 400) {
    throw new RefreshError(
      'redirected',
      `the token endpoint redirects (HTTP ${status}), which is never followed`,
      {
        status,
      },
    );
  }
  if (status < 200 || status >= 400 || isError(body?.['error'])) {
    throw refusal(response, body, expected);
  }
  if (body === null) {
    throw new RefreshError(
      'not_a_token_response',
      `HTTP ${status}, but not a token response: no JSON object`,
      {
        status,
      },
    );
  }
  const warnings: string[] = [];
  const access_token = checkedToken(body['access_token'], status);
  return {
    access_token,
    token_type: tokenType(body['token_type'], status, warnings),
    scope: scopeOf(body['scope'], expected.scope, warnings),
    issuedAt: response.sentAt,
    expiresAt:
      response.sentAt + lifetime(body['expires_in'], access_token, response, expected, warnings) * 1000,
    warnings,
  };
};

// `error: null` and the like beside a token are seen in the wild and mean none.
const isError = (error: unknown) =>
  typeof error === 'object' && error !== null ? Object.keys(error).length > 0 : Boolean(error);

const parseBody = (bytes: Buffer): Json | null => {
  try {
    // TextDecoder drops a UTF-8 byte order mark, which JSON.parse would refuse.
    const body: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof body === 'object' && !Array.isArray(body) ? (body as Json | null) : null;
  } catch {
    return null;
  }
};

const checkedToken = (value: unknown, status: number): string => {
  const refuse = (code: FailureCode, what: string) => new RefreshError(code, what, { status });
  if (typeof value !== 'string' || value === '') {
    throw refuse('invalid_access_token', 'access_token is missing or not a non-empty string');
  }
  // RFC 6750 §2.1 allows fewer characters still; what is outside visible ASCII cannot be a header value.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw refuse('invalid_access_token', 'access_token holds a character that is not visible ASCII');
  }
  if (value.includes('{{')) {
    throw refuse('invalid_access_token', 'access_token contains "{{", which SSM Parameter Store refuses');
  }
  if (value.length > MAX_TOKEN_BYTES) {
    throw refuse(
      'token_too_large',
      `access_token has ${value.length} bytes, the limit is ${MAX_TOKEN_BYTES}`,
    );
  }
  return value;
};

const tokenType = (value: unknown, status: number, warnings: string[]): string => {
  if (value === undefined || value === null || value === '') {
    warnings.push('token_type is missing, taken as Bearer');
    return 'Bearer';
  }
  if (typeof value === 'string' && value.toLowerCase() === 'bearer') return value;
  throw new RefreshError(
    'unsupported_token_type',
    'token_type is not Bearer, the only type readers can use',
    {
      status,
    },
  );
};

const words = (scope: string) => scope.split(' ').filter(Boolean).sort().join(' ');

const scopeOf = (value: unknown, asked: string | undefined, warnings: string[]): string | null => {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') {
    warnings.push('scope is not a string');
    return null;
  }
  if (asked !== undefined && words(value) !== words(asked)) warnings.push('scope is other than asked for');
  return value;
};

/** Whole seconds. */
const lifetime = (
  expires_in: unknown,
  access_token: string,
  { status, sentAt }: TokenHttpResponse,
  { lifetimeSeconds, isKnown }: Expected,
  warnings: string[],
): number => {
  let seconds = seconds_(expires_in);
  if (seconds === null) {
    warnings.push(`expires_in is missing or no number, taken as the documented ${lifetimeSeconds} s`);
    seconds = lifetimeSeconds;
  }
  const exp = jwtExp(access_token);
  const left = Math.min(
    seconds,
    MAX_LIFETIME_SECONDS,
    exp === null ? Number.POSITIVE_INFINITY : exp - sentAt / 1000,
  );
  if (left < 1) {
    // Some servers hand out one token until the very end of its life: the next request gets another one.
    if (isKnown?.(access_token)) {
      throw new RefreshError(
        'same_token_expired',
        'the provider answered with the same token again, and it expires now',
        { status },
      );
    }
    throw new RefreshError(
      'invalid_lifetime',
      'the token is expired as issued: expires_in or its exp is in the past',
      {
        status,
      },
    );
  }
  return Math.floor(left);
};

// Strict on purpose: parseInt would take "3600abc", Number would take "" and true.
const seconds_ = (value: unknown): number | null => {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : null;
};

const TRANSIENT_STATUS = new Set([408, 425]);

const refusal = (response: TokenHttpResponse, body: Json | null, { secrets }: Expected): RefreshError => {
  const { status } = response;
  const error = typeof body?.['error'] === 'string' ? body['error'] : null;
  const said = providerText(body, secrets);
  const details = {
    status,
    said,
    ...(status === 429 || status === 503
      ? { retryAfterSeconds: retryAfterSeconds(response.retryAfter, response.sentAt) }
      : {}),
  };
  const saying = (what: string) => `${what} (HTTP ${status}${said === '' ? '' : `: ${said}`})`;
  return new RefreshError(...classify(status, error, saying), details);
};

const classify = (
  status: number,
  error: string | null,
  saying: (what: string) => string,
): [FailureCode, string] => {
  if (status === 429) return ['rate_limited', saying('the provider asks for fewer requests')];
  if (status >= 500 || TRANSIENT_STATUS.has(status)) {
    return ['provider_unavailable', saying('the provider is unavailable')];
  }
  // Before the error codes: whatever it says beside it, a rejected login must not be repeated soon.
  if (error === 'invalid_client' || status === 401 || status === 403) {
    return ['credentials_rejected', saying('the provider rejected the credentials')];
  }
  if (error === 'temporarily_unavailable' || error === 'server_error') {
    return ['provider_unavailable', saying('the provider is unavailable')];
  }
  if (error === 'slow_down') return ['rate_limited', saying('the provider asks for fewer requests')];
  if (error === 'invalid_grant') return ['invalid_grant', saying('the grant is not, or no longer, valid')];
  return ['request_rejected', saying('the provider rejected the request')];
};
