import type { CodeFault } from './code-marker.ts';
import { ConfigurationError } from './errors.ts';

/** A code as the service provider's back end hands it in. */
export interface HandIn {
  readonly code: string;
  /** The redirect URI the authorization request was made with, byte for byte. */
  readonly redirectUri: string;
  /** Whose token it will be, opaque; null is the connection's one shared slot. */
  readonly subject: string | null;
  /** PKCE (RFC 7636), where the authorization request had a `code_challenge`. */
  readonly codeVerifier: string | null;
}

export const EXCHANGE_OUTCOMES = [
  'exchanged',
  'already-exchanged',
  'code-spent',
  'rejected',
  'reauthorization-required',
] as const;

export type ExchangeOutcome = (typeof EXCHANGE_OUTCOMES)[number];

/** The answer to a code. Never a token: the caller reads `tokenParameter`. Times are ISO 8601 UTC. */
export interface ExchangeAnswer {
  readonly connection: string;
  readonly outcome: ExchangeOutcome;
  /** Where the token is; null where this code led to none. */
  readonly tokenParameter: string | null;
  readonly tokenVersion: number | null;
  readonly expiresAt: string | null;
  /** A stable code; null where there is a token. */
  readonly error: CodeFault | 'code_spent' | null;
  readonly reason: string;
  readonly requestId: string;
}

const FIELDS = ['code', 'redirectUri', 'subject', 'codeVerifier'] as const;
/** Subjects: they are part of parameter names. */
export const SUBJECT = /^[A-Za-z0-9_-]{1,64}$/;
/** 784, year of birth, seven digits, a check digit. */
const EMIRATES_ID = /^784[-_]?\d{4}[-_]?\d{7}[-_]?\d$/;
/** RFC 7636 §4.1. */
const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;
/** RFC 6749 Appendix A.11; the length is ours. */
const CODE = /^[\x20-\x7e]{1,2048}$/;

/**
 * Reads the event of the exchange function.
 * @throws ConfigurationError naming the field and never its value: a code is a credential.
 */
export const parseHandIn = (event: unknown): HandIn => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new ConfigurationError(
      'the event must be a JSON object such as {"code":"…","redirectUri":"https://…"}',
    );
  }
  const fields = event as Readonly<Record<string, unknown>>;
  if (Object.keys(fields).some((name) => !FIELDS.some((known) => known === name))) {
    throw new ConfigurationError(`the event holds an unknown field: known are ${FIELDS.join(', ')}`);
  }
  const { code, redirectUri, subject = null, codeVerifier = null } = fields;
  if (typeof code !== 'string' || !CODE.test(code)) {
    throw new ConfigurationError('event.code must be the authorization code as it was received');
  }
  if (typeof redirectUri !== 'string' || redirectUri === '') {
    throw new ConfigurationError('event.redirectUri must be the redirect URI of the authorization request');
  }
  if (subject !== null && (typeof subject !== 'string' || !SUBJECT.test(subject))) {
    throw new ConfigurationError('event.subject must be 1 to 64 letters, digits, "-" or "_"');
  }
  if (subject !== null && EMIRATES_ID.test(subject)) {
    throw new ConfigurationError('event.subject looks like an Emirates ID: use an opaque id of your own');
  }
  if (codeVerifier !== null && (typeof codeVerifier !== 'string' || !CODE_VERIFIER.test(codeVerifier))) {
    throw new ConfigurationError('event.codeVerifier must be a PKCE code verifier (RFC 7636 section 4.1)');
  }
  return { code, redirectUri, subject, codeVerifier };
};
