import { createHash } from 'node:crypto';
import type { Edges } from './attempt.ts';
import { parseCredentials, type SecretVersion } from './edges/credentials.ts';
import { RefreshError } from './errors.ts';
import type { Credentials } from './oauth/client-authentication.ts';
import { secretsOf } from './oauth/scrub.ts';
import { tokenRequest } from './oauth/token-request.ts';
import { type Token, tokenFrom } from './oauth/token-response.ts';
import { ATTEMPTS, REQUEST_TIMEOUT_SECONDS } from './policy/timing.ts';
import type { Dialect } from './providers/provider.ts';
import type { Status } from './status.ts';

/** The token requests of one run. */
export interface Requests {
  left: number;
  answerLost: boolean;
  /** Version of AWSCURRENT that was rejected by an earlier run, a moment ago. */
  readonly rejectedBefore?: string | undefined;
  /** Version of AWSCURRENT that was rejected in this run. */
  rejected?: string;
  /** AWSPREVIOUS was rejected in this run. */
  previousRejected?: true;
}

const FIRST_WAIT_MS = 1000;

/** Truncated SHA-256 in hexadecimal: tells "same token again", and nothing of the token. */
export const fingerprintOf = (access_token: string): string =>
  createHash('sha256').update(access_token).digest('hex').slice(0, 16);

interface Login {
  readonly secret: SecretVersion;
  readonly credentials: Credentials;
}

interface Issued {
  readonly token: Token;
  readonly secret: SecretVersion;
  readonly latencyMs: number;
}

/**
 * A token with AWSCURRENT or, where the provider rejects that, once with AWSPREVIOUS; in the other order where AWSCURRENT
 * was rejected a moment ago.
 *
 * @throws RefreshError why there is none: of the secret, the request or the response
 */
export const issue = async (
  secret: SecretVersion,
  requests: Requests,
  before: Status,
  dialect: Dialect,
  edges: Edges,
  signal: AbortSignal | undefined,
): Promise<Issued> => {
  const current: Login = { secret, credentials: parseCredentials(secret.text) };
  const previous = () => otherLogin(current, requests, edges, signal);
  const login = async ({ secret, credentials }: Login): Promise<Issued> => ({
    secret,
    ...(await request(credentials, requests, before, dialect, edges, signal)),
  });

  // No more once AWSCURRENT has not answered for a few ticks: each of them would be another rejected login.
  const previousFirst = secret.version === requests.rejectedBefore && before.failures.consecutive < ATTEMPTS;
  const first = (previousFirst ? await previous() : null) ?? current;
  try {
    return await login(first);
  } catch (rejected) {
    const isRejected = rejected instanceof RefreshError && rejected.code === 'credentials_rejected';
    if (!isRejected) throw rejected;
    if (first.secret.stage === 'AWSCURRENT') requests.rejected = first.secret.version;
    else requests.previousRejected = true;
    const second = first !== current ? current : secret.stage === 'AWSCURRENT' ? await previous() : null;
    if (second === null) throw rejected;
    requests.left = 1;
    try {
      return await login(second);
    } catch (error) {
      // AWSPREVIOUS may work yet, for a few ticks: each of them is another rejected login. Otherwise what counts is why
      // AWSCURRENT failed: that is the version to mend.
      const mayWorkYet = before.failures.consecutive < ATTEMPTS;
      const isTransient = error instanceof RefreshError && error.kind === 'transient';
      throw second === current || (isTransient && mayWorkYet) ? error : rejected;
    }
  }
};

/** AWSPREVIOUS, where it is there, readable and other than what was just rejected: a doubled login can lock an account. */
const otherLogin = async (
  { credentials: rejected }: Login,
  requests: Requests,
  edges: Edges,
  signal: AbortSignal | undefined,
): Promise<Login | null> => {
  if (requests.previousRejected) return null;
  try {
    const secret = await edges.readSecret('AWSPREVIOUS', signal);
    if (secret === null) return null;
    const credentials = parseCredentials(secret.text);
    const same =
      credentials.client_id === rejected.client_id && credentials.client_secret === rejected.client_secret;
    return same ? null : { secret, credentials };
  } catch (error) {
    if (error instanceof RefreshError) return null;
    throw error;
  }
};

/** Token requests until one is answered with a token, the budget is spent or the failure is not transient. */
const request = async (
  credentials: Credentials,
  requests: Requests,
  before: Status,
  dialect: Dialect,
  { send, now, wait, random }: Edges,
  signal: AbortSignal | undefined,
): Promise<{ token: Token; latencyMs: number }> => {
  const message = await tokenRequest(dialect, credentials);
  const scope = dialect.parameters?.['scope'];
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    requests.left -= 1;
    try {
      const response = await send(message, { timeoutMs: REQUEST_TIMEOUT_SECONDS * 1000, signal, now });
      const latencyMs = Math.max(now() - response.sentAt, 0);
      const token = tokenFrom(response, {
        lifetimeSeconds: dialect.lifetimeSeconds,
        scope: typeof scope === 'string' ? scope : undefined,
        secrets: secretsOf(credentials),
        isKnown: (access_token) => fingerprintOf(access_token) === before.fingerprint,
      });
      return { token, latencyMs };
    } catch (error) {
      requests.answerLost ||=
        error instanceof RefreshError && (error.code === 'connection_lost' || error.code === 'timed_out');
      const again =
        error instanceof RefreshError && error.kind === 'transient' && error.retryAfterSeconds === null;
      if (!again || requests.left <= 0 || signal?.aborted) throw error;
      await wait(random() * waitMs, signal).catch(() => {
        throw error;
      });
    }
  }
};
