import type { RefreshError } from '../errors.ts';

/** Why a token endpoint refused an authorization code, with what to do about it. Stable codes, also in the log. */
export const CODE_REFUSALS = {
  code_expired: 'the code was handed in after its time: the person has to log in again',
  code_unknown: 'the provider does not know this code, or has forgotten it: the person has to log in again',
  code_of_another_client: 'the code was issued to another client than the one in the secret',
  redirect_uri_mismatch: 'the code was issued for another redirect URI than the one handed in',
  invalid_grant: 'the code is not, or no longer, valid: the person has to log in again',
  invalid_client: 'the provider does not know the client in the secret: check the credentials',
  unauthorized_client: 'the client in the secret may not exchange authorization codes',
  unsupported_grant_type: 'the provider exchanges no authorization codes at this endpoint',
  invalid_scope: 'the provider refused the scope',
  invalid_request:
    'the provider refused the request as a whole: check the credentials, the environment and bodyFormat',
  credentials_rejected: 'the provider rejected the credentials: check the secret',
  request_rejected: 'the provider refused the request without saying why',
} as const;

export type CodeRefusal = keyof typeof CODE_REFUSALS;

/** Failures by which the provider itself said that it gave no token for the code. */
const REFUSED = ['invalid_grant', 'credentials_rejected', 'request_rejected'] as const;

/**
 * Why the provider refused the code, or null for a failure that is no refusal and leaves open what became of it.
 * The provider's own words count first, then the error codes of RFC 6749 §5.2.
 */
export const codeRefusal = (
  { code, said }: RefreshError,
  words: Readonly<Record<string, CodeRefusal>> = {},
): CodeRefusal | null => {
  const refused = REFUSED.find((one) => one === code);
  if (refused === undefined) return null;
  const text = said?.toLowerCase() ?? '';
  const word = Object.keys(words).find((one) => text.includes(one.toLowerCase()));
  if (word !== undefined) return words[word] ?? refused;
  return RFC_6749.find((one) => text.startsWith(one)) ?? refused;
};

const RFC_6749 = [
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_request',
] as const;
