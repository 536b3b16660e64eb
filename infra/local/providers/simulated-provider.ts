import type { ArrivedRequest, Pairs } from './token-request.ts';

/** An HTTP answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Why a request is refused, in RFC 6749 §5.2's words where it has one. */
export interface Refusal {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What a token is made of. Times are whole seconds since the epoch. */
export interface Grant {
  readonly client_id: string;
  readonly host: string;
  readonly issuedAt: number;
  /** Seconds. */
  readonly expiresIn: number;
  readonly scope: string | null;
}

/** One token endpoint as its documentation describes it. Nothing here is shared with the functions. */
export interface SimulatedProvider {
  readonly host: string;
  readonly path: string;
  readonly grant: 'client_credentials' | 'authorization_code';
  readonly credentialsIn: 'header' | 'body';
  /** Whether Basic credentials are form-decoded before use (RFC 6749 §2.3.1). @default false */
  readonly formDecoded?: boolean;
  readonly format: 'form' | 'multipart';
  readonly lifetimeSeconds: number;
  /** Requests per second and client; more are answered 429. @default no limit */
  readonly perSecond?: number;
  /** What this provider asks for beyond the common rules. */
  readonly refuses?: (request: ArrivedRequest, parameters: Pairs) => Refusal | null;
  /** The answer to a wrong secret. */
  readonly rejected: Answer;
  /** The answer to a client that is not registered. @default as to a wrong secret */
  readonly unregistered?: Answer;
  /** The shape of every other refusal. */
  readonly refusal: (refusal: Refusal) => Answer;
  readonly mint: (grant: Grant) => string;
  /** The 200 body. `expiresIn` is what is left of the token in seconds. */
  readonly body: (access_token: string, grant: Grant) => Readonly<Record<string, unknown>>;
}

export const json = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** RFC 6749 §5.2. */
export const rfc6749Refusal = ({ status, error, description, headers }: Refusal): Answer =>
  json(status, { error, error_description: description }, headers);

/** A `scope` parameter is required and not empty. */
export const scopeRequired = (_: ArrivedRequest, parameters: Pairs): Refusal | null =>
  parameters.some(([name, value]) => name === 'scope' && value.trim() !== '')
    ? null
    : { status: 400, error: 'invalid_scope', description: 'scope is required' };
