import type { Deadlines } from './deadline.ts';
import type { ReadSecret, SecretStage, SecretVersion } from './edges/credentials.ts';
import type { Parameters, Stored } from './edges/parameters.ts';
import { RefreshError } from './errors.ts';
import { fingerprintOf, issue, type Requests } from './issue.ts';
import type { Send } from './oauth/send.ts';
import type { Token } from './oauth/token-response.ts';
import type { Plan } from './policy/plan.ts';
import type { Dialect } from './providers/provider.ts';
import { iso, type Status } from './status.ts';

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
      /** Version of AWSCURRENT that the provider rejected in this run, before AWSPREVIOUS worked. */
      readonly rejected?: string;
      /** Milliseconds the provider took for the request that was answered with the token. */
      readonly latencyMs: number;
      /** How often another run had written a token meanwhile, so that this one fetched again. */
      readonly conflicts: number;
      /**
       * False where the last write still met another run's, or fetching again failed: a later token may have been
       * issued and lost, so the next tick attempts again.
       */
      readonly settled: boolean;
      /** Why fetching again failed. */
      readonly error: RefreshError | null;
      /** An answer to fetching again never arrived. */
      readonly answerLost?: boolean;
    }
  | {
      readonly kind: 'failed';
      readonly error: RefreshError;
      readonly secretVersion: string | null;
      /** An answer never arrived: a token nobody knows of may have been issued, and the stored one revoked by that. */
      readonly answerLost?: boolean;
    };

/** The world, as a run sees it. */
export interface Edges {
  readonly parameters: Omit<Parameters, 'deleteToken'>;
  readonly readSecret: ReadSecret;
  readonly send: Send;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits between two requests of one run. */
  readonly wait: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What is stored, and the status to go on from. */
export interface Known {
  readonly stored: Stored;
  readonly status: Status;
}

/** Token requests beyond the first where another run keeps writing meanwhile. */
const MAX_CONFLICTS = 2;

/**
 * Carries a plan out: credentials, request, response check, token write. Answers what came of it and the status to go
 * on from. A failure is part of the answer, so that it reaches the status.
 *
 * @param ends when requests and waits end; what was issued is stored all the same, until the token write's own end
 */
export const attempt = async (
  plan: Plan,
  before: Known,
  dialect: Dialect,
  edges: Edges,
  ends: Partial<Deadlines> = {},
): Promise<{ readonly made: Attempt; readonly known: Known }> => {
  if (plan.do !== 'refresh') return { made: { kind: 'none' }, known: before };
  let secret: SecretVersion | null = null;
  let known = before;
  // A tick of a blocked connection, which is not due: whether the secret is another one by now.
  const onlyLooks = plan.state === 'blocked' && plan.ifSecretIsNot !== undefined;
  const requests: Requests = { left: plan.attempts, answerLost: false, rejectedBefore: plan.rejected };
  try {
    secret = await edges.readSecret('AWSCURRENT', ends.requests);
    if (secret === null && onlyLooks) return { made: { kind: 'none' }, known };
    if (secret === null) throw new RefreshError('credentials_empty', 'the secret has no value yet');
    const isKnown = [plan.ifSecretIsNot, plan.rejected].includes(secret.version);
    if (plan.ifSecretIsNot !== undefined && isKnown) return { made: { kind: 'none' }, known };
    if (plan.early || isRepaired(before)) known = await announce(plan, before, edges, ends.requests);
    return { made: await settle(secret, requests, known, dialect, edges, ends), known };
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    if (onlyLooks && error.code === 'credentials_missing') return { made: { kind: 'none' }, known };
    const failure = told(error, before.status);
    const { answerLost } = requests;
    return {
      made: { kind: 'failed', error: failure, secretVersion: secret?.version ?? null, answerLost },
      known,
    };
  }
};

/** A secret that worked and is empty now is no first deployment: somebody has to hear of it. */
const told = (error: RefreshError, { tokenVersion, failures }: Status): RefreshError =>
  error.code === 'credentials_empty' &&
  (tokenVersion !== null || failures.error?.code === 'credentials_missing')
    ? new RefreshError('credentials_missing', 'the secret has lost its value, which a token was issued for')
    : error;

/** The run goes on from something else than what is stored, which is not due by itself then. */
const isRepaired = ({ stored, status }: Known): boolean => stored.status !== null && stored.status !== status;

/**
 * Makes the next tick attempt by itself before a refresh that was not due begins: issuing may revoke the stored token,
 * and a run that dies after that would leave a status that says "fresh".
 */
const announce = async (
  plan: Plan,
  before: Known,
  { parameters, now }: Edges,
  signal: AbortSignal | undefined,
): Promise<Known> => {
  const at = iso(now());
  const status: Status = {
    ...before.status,
    renewAt: before.status.expiresAt === null ? null : at,
    nextAttemptAt: at,
    reason: `refresh under way: ${plan.reason}`,
  };
  const stored = await parameters.writeStatus(status, before.stored, signal);
  return { stored, status: stored.status ?? status };
};

/**
 * Requests a token and stores it, so that the last token *issued* is the one stored: where the write shows that another
 * run wrote meanwhile, a fresh token is fetched and written again, since issuing may have revoked the one before.
 */
const settle = async (
  current: SecretVersion,
  requests: Requests,
  known: Known,
  dialect: Dialect,
  edges: Edges,
  ends: Partial<Deadlines>,
): Promise<Attempt> => {
  let secret = current;
  let expected = (known.stored.tokenVersion ?? 0) + 1;
  let stored: Extract<Attempt, { kind: 'issued' }> | null = null;
  for (let conflicts = 0; ; conflicts += 1) {
    try {
      const issued = await issue(secret, requests, known.status, dialect, edges, ends.requests);
      const { access_token, ...token } = issued.token;
      const tokenVersion = await edges.parameters.writeToken(access_token, ends.tokenWrite);
      stored = {
        kind: 'issued',
        token,
        tokenVersion,
        fingerprint: fingerprintOf(access_token),
        secretVersion: issued.secret.version,
        secretStage: issued.secret.stage,
        ...(requests.rejected === undefined ? {} : { rejected: requests.rejected }),
        latencyMs: issued.latencyMs,
        conflicts,
        settled: tokenVersion === expected,
        error: null,
      };
      if (stored.settled || conflicts === MAX_CONFLICTS) return stored;
      secret = issued.secret;
      expected = tokenVersion + 1;
    } catch (error) {
      if (stored === null || !(error instanceof RefreshError)) throw error;
      return { ...stored, error, answerLost: requests.answerLost };
    }
  }
};
