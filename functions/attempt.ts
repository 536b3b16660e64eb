import { createHash } from 'node:crypto';
import {
  parseCredentials,
  type ReadSecret,
  type SecretStage,
  type SecretVersion,
} from './edges/credentials.ts';
import type { Parameters } from './edges/parameters.ts';
import { RefreshError } from './errors.ts';
import type { Credentials } from './oauth/client-authentication.ts';
import { secretsOf } from './oauth/scrub.ts';
import type { Send } from './oauth/send.ts';
import { tokenRequest } from './oauth/token-request.ts';
import { type Token, tokenFrom } from './oauth/token-response.ts';
import type { Plan } from './policy/plan.ts';
import { REQUEST_TIMEOUT_SECONDS } from './policy/timing.ts';
import type { Dialect } from './providers/provider.ts';
import type { Status } from './status.ts';

/** What came of a plan. */
export type Attempt =
  | { readonly kind: 'none' }
  | { readonly kind: 'watched' }
  | {
      readonly kind: 'issued';
      readonly token: Omit<Token, 'access_token'>;
      readonly tokenVersion: number;
      readonly fingerprint: string;
      readonly secretVersion: string;
      readonly secretStage: SecretStage;
      /** Milliseconds the provider took for the request that was answered with the token. */
      readonly latencyMs: number;
      /** How often another run had written a token meanwhile, so that this one fetched again. */
      readonly conflicts: number;
    }
  | { readonly kind: 'failed'; readonly error: RefreshError; readonly secretVersion: string | null };

/** The world, as a run sees it. */
export interface Edges {
  readonly parameters: Parameters;
  readonly readSecret: ReadSecret;
  readonly send: Send;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits between two requests of one run. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Token requests beyond the first where another run keeps writing meanwhile. */
const MAX_CONFLICTS = 2;
const FIRST_WAIT_MS = 1000;

/**
 * Carries a plan out: credentials, request, response check, token write.
 *
 * The last token *issued* ends up stored: where the write shows that another run wrote meanwhile, a fresh token is
 * fetched and written again, since issuing may have revoked the one before. A failure is part of the answer, so that
 * it reaches the status.
 */
export const attempt = async (
  plan: Plan,
  before: Status,
  dialect: Dialect,
  edges: Edges,
  signal?: AbortSignal,
): Promise<Attempt> => {
  if (plan.do === 'watch') return watch(plan, edges, signal);
  if (plan.do !== 'refresh') return { kind: 'none' };
  let used: SecretVersion | null = null;
  try {
    used = await edges.readSecret('AWSCURRENT', signal);
    if (used === null) throw new RefreshError('credentials_empty', 'the secret has no value yet');
    if (plan.ifSecretIsNot !== undefined && plan.ifSecretIsNot === used.version) return { kind: 'none' };
    const budget = { requests: plan.attempts };
    let expected = before.tokenVersion === null ? 1 : before.tokenVersion + 1;
    for (let conflicts = 0; ; conflicts += 1) {
      const issued = await issue(used, budget, dialect, edges, signal);
      used = issued.secret;
      const tokenVersion = await edges.parameters.writeToken(issued.token.access_token, signal);
      if (tokenVersion === expected || conflicts === MAX_CONFLICTS) {
        const { access_token, ...token } = issued.token;
        return {
          kind: 'issued',
          token,
          tokenVersion,
          fingerprint: fingerprintOf(access_token),
          secretVersion: used.version,
          secretStage: used.stage,
          latencyMs: issued.latencyMs,
          conflicts,
        };
      }
      expected = tokenVersion + 1;
      budget.requests = Math.max(budget.requests, 1);
    }
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    return { kind: 'failed', error, secretVersion: used?.version ?? null };
  }
};

/** A token only a person can renew: an expired one is deleted, so that no reader takes it for valid. */
const watch = async (
  plan: Extract<Plan, { do: 'watch' }>,
  { parameters }: Edges,
  signal?: AbortSignal,
): Promise<Attempt> => {
  if (plan.token === 'expired') await parameters.deleteToken(signal);
  return { kind: 'watched' };
};

/** Truncated SHA-256 in hexadecimal: tells "same token again", and nothing of the token. */
export const fingerprintOf = (access_token: string): string =>
  createHash('sha256').update(access_token).digest('hex').slice(0, 16);

interface Issued {
  readonly token: Token;
  readonly secret: SecretVersion;
  readonly latencyMs: number;
}

/** A token with AWSCURRENT or, where the provider rejects that, once with AWSPREVIOUS. */
const issue = async (
  secret: SecretVersion,
  budget: { requests: number },
  dialect: Dialect,
  edges: Edges,
  signal: AbortSignal | undefined,
): Promise<Issued> => {
  const credentials = parseCredentials(secret.text);
  try {
    return { secret, ...(await request(credentials, budget, dialect, edges, signal)) };
  } catch (rejected) {
    const previous =
      rejected instanceof RefreshError &&
      rejected.code === 'credentials_rejected' &&
      secret.stage === 'AWSCURRENT'
        ? await otherCredentials(credentials, edges, signal)
        : null;
    if (previous === null) throw rejected;
    try {
      const once = { requests: 1 };
      return {
        secret: previous.secret,
        ...(await request(previous.credentials, once, dialect, edges, signal)),
      };
    } catch {
      // What counts is why AWSCURRENT failed: that is the version someone has to mend.
      throw rejected;
    }
  }
};

/** AWSPREVIOUS, where it is there, readable and other than what was just rejected: a doubled login can lock an account. */
const otherCredentials = async (rejected: Credentials, edges: Edges, signal: AbortSignal | undefined) => {
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
  budget: { requests: number },
  dialect: Dialect,
  { send, now, wait, random }: Edges,
  signal: AbortSignal | undefined,
): Promise<{ token: Token; latencyMs: number }> => {
  const message = await tokenRequest(dialect, credentials);
  const scope = dialect.parameters?.['scope'];
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    budget.requests -= 1;
    try {
      const response = await send(message, { timeoutMs: REQUEST_TIMEOUT_SECONDS * 1000, signal, now });
      const latencyMs = now() - response.sentAt;
      const token = tokenFrom(response, {
        lifetimeSeconds: dialect.lifetimeSeconds,
        scope: typeof scope === 'string' ? scope : undefined,
        secrets: secretsOf(credentials),
      });
      return { token, latencyMs };
    } catch (error) {
      const again =
        error instanceof RefreshError && error.kind === 'transient' && error.retryAfterSeconds === null;
      if (!again || budget.requests <= 0) throw error;
      await wait(random() * waitMs, signal);
    }
  }
};
