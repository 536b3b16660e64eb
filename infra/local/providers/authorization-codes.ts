import { randomBytes } from 'node:crypto';

/** Who a code was made for. */
export interface CodeFor {
  readonly client_id: string;
  readonly redirect_uri: string;
}

/** What the token endpoint says to a code: it may be exchanged, or UAE PASS's reason why not. */
export type Consumed =
  | 'valid'
  | 'codeNotFound'
  | 'expiredCode'
  | 'codeNotIssuedToClientId'
  | 'redirectUriMismatch'
  | 'reused';

/** Codes live about ten seconds (docs.uaepass.ae). */
const LIFETIME_MS = 10_000;

/** Authorization codes: each can be exchanged once. Times are milliseconds since the epoch. */
export const createAuthorizationCodes = () => {
  const codes = new Map<string, CodeFor & { readonly expiresAt: number; spent: boolean }>();

  return {
    /** A code for somebody who has logged in. */
    issue: (made: CodeFor, now: number): string => {
      const code = randomBytes(16).toString('hex');
      codes.set(code, { ...made, expiresAt: now + LIFETIME_MS, spent: false });
      return code;
    },
    /** Spends a code where it can be exchanged. `reused`: the caller revokes what it was exchanged for (RFC 6749 §4.1.2). */
    consume: (code: string, { client_id, redirect_uri }: CodeFor, now: number): Consumed => {
      const found = codes.get(code);
      if (found === undefined) return 'codeNotFound';
      if (found.spent) return 'reused';
      if (found.client_id !== client_id) return 'codeNotIssuedToClientId';
      if (now >= found.expiresAt) return 'expiredCode';
      if (found.redirect_uri !== redirect_uri) return 'redirectUriMismatch';
      found.spent = true;
      return 'valid';
    },
  };
};

export type AuthorizationCodes = ReturnType<typeof createAuthorizationCodes>;
