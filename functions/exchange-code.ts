import type { Attempt } from './attempt.ts';
import { type CodeMarker, type CodeResult, codeKey, newMarker } from './code-marker.ts';
import type { Connection } from './connection.ts';
import type { Codes } from './edges/codes.ts';
import { parseCredentials, type ReadSecret } from './edges/credentials.ts';
import type { Parameters } from './edges/parameters.ts';
import { RefreshError } from './errors.ts';
import type { HandIn } from './exchange-event.ts';
import { fingerprintOf } from './issue.ts';
import { secretsOf } from './oauth/scrub.ts';
import type { Send } from './oauth/send.ts';
import { type TokenRequest, tokenRequest } from './oauth/token-request.ts';
import { type Expected, type Token, tokenFrom } from './oauth/token-response.ts';
import { notAllowed, resultOfExchange } from './policy/exchange.ts';
import { statusBefore } from './policy/status-before.ts';
import type { Dialect } from './providers/provider.ts';

type SlotParameters = Pick<Parameters, 'readStatus' | 'writeToken' | 'writeStatus'>;

/** The world, as an exchange sees it. */
export interface ExchangeEdges {
  /** The parameters of a subject or, without one, of the connection. */
  readonly slot: (subject: string | null) => SlotParameters;
  readonly codes: Codes;
  readonly readSecret: ReadSecret;
  readonly send: Send;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
  /** Aborts after this many milliseconds. */
  readonly timeout: (ms: number) => AbortSignal;
  /** Unique for each run. */
  readonly run: () => string;
}

/** What came of handing a code in. */
export type Exchange =
  | { readonly kind: 'spent'; readonly marker: CodeMarker | null }
  | {
      readonly kind: 'used';
      readonly result: CodeResult;
      /** Milliseconds the provider took; null where no token came of it. */
      readonly latencyMs: number | null;
      /** What could not be written down once the token was stored; the watch makes up for it. */
      readonly unrecorded: readonly RefreshError[];
    };

/** From hand-in to the provider's answer: a code lives about ten seconds. Milliseconds. */
export const EXCHANGE_DEADLINE_MS = 8000;
/** What of it credentials and marker may take, so that enough is left for the one request. */
const PREPARATION_MS = 4000;
const FIRST_WAIT_MS = 100;
const TOKEN_WRITES = 4;

/**
 * Exchanges a code, once and for all: everything that can fail without it is done first, then the code is taken, and
 * from then on no other run sends it, whatever becomes of this one.
 *
 * @throws RefreshError where the code was not used: it can be handed in again, as long as it lives
 */
export const exchangeCode = async (
  handIn: HandIn,
  connection: Connection,
  dialect: Dialect,
  edges: ExchangeEdges,
): Promise<Exchange> => {
  const startedAt = edges.now();
  // Compared as strings and not as URLs: RFC 6749 §4.1.3 asks for identical values.
  if (!dialect.redirectUris?.includes(handIn.redirectUri)) {
    return { kind: 'used', result: notAllowed(), latencyMs: null, unrecorded: [] };
  }
  const inTime = edges.timeout(PREPARATION_MS);
  const slot = edges.slot(handIn.subject);
  const [secret, read] = await Promise.all([currentSecret(edges, inTime), slot.readStatus(inTime)]);
  const credentials = parseCredentials(secret.text);
  const request = await tokenRequest(dialect, credentials, grantParameters(handIn));

  const key = codeKey(credentials.client_id, handIn.code);
  const marker = newMarker(edges.run(), startedAt, handIn.subject);
  const taken = await edges.codes.take(key, marker, inTime);
  if (!taken.mine) return { kind: 'spent', marker: taken.marker };

  const expected = {
    lifetimeSeconds: dialect.lifetimeSeconds,
    secrets: [...secretsOf(credentials), handIn.code, handIn.codeVerifier ?? ''],
  };
  const attempt = await tokenFor(request, expected, secret, slot, edges, startedAt);
  const times = { startedAt, now: edges.now() };
  const result = resultOfExchange(
    statusBefore(read, connection, startedAt),
    attempt,
    connection,
    dialect,
    times,
  );
  const unrecorded = await failuresOf([
    edges.codes.finish(key, { ...marker, result }),
    ...(result.outcome === 'exchanged' ? [slot.writeStatus(result.status, read)] : []),
  ]);
  return {
    kind: 'used',
    result,
    latencyMs: attempt.kind === 'issued' ? attempt.latencyMs : null,
    unrecorded,
  };
};

const currentSecret = async ({ readSecret }: ExchangeEdges, signal: AbortSignal) => {
  const secret = await readSecret('AWSCURRENT', signal);
  if (secret === null) throw new RefreshError('credentials_empty', 'the secret has no value yet');
  return secret;
};

const grantParameters = ({ code, redirectUri, codeVerifier }: HandIn): Record<string, string> => ({
  redirect_uri: redirectUri,
  code,
  ...(codeVerifier === null ? {} : { code_verifier: codeVerifier }),
});

type ExchangeAttempt = Extract<Attempt, { kind: 'issued' | 'failed' }>;

/** From the code to a stored token. AWSPREVIOUS is never tried: that would send the code a second time. */
const tokenFor = async (
  request: TokenRequest,
  expected: Expected,
  { version: secretVersion, stage: secretStage }: { version: string; stage: 'AWSCURRENT' | 'AWSPREVIOUS' },
  slot: SlotParameters,
  edges: ExchangeEdges,
  startedAt: number,
): Promise<ExchangeAttempt> => {
  try {
    const { token, latencyMs } = await sendOnce(request, expected, startedAt + EXCHANGE_DEADLINE_MS, edges);
    const { access_token, ...rest } = token;
    const tokenVersion = await store(access_token, slot, edges);
    const fingerprint = fingerprintOf(access_token);
    return {
      kind: 'issued',
      token: rest,
      tokenVersion,
      fingerprint,
      secretVersion,
      secretStage,
      latencyMs,
      conflicts: 0,
      settled: true,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof RefreshError)) throw error;
    return { kind: 'failed', error, secretVersion };
  }
};

/** One request that leaves: repeated only where the one before certainly did not, until the deadline. */
const sendOnce = async (
  request: TokenRequest,
  expected: Expected,
  deadline: number,
  { send, now, wait }: ExchangeEdges,
): Promise<{ token: Token; latencyMs: number }> => {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
    try {
      const response = await send(request, { timeoutMs: Math.max(deadline - now(), 1), now });
      const latencyMs = now() - response.sentAt;
      return { token: tokenFrom(response, expected), latencyMs };
    } catch (error) {
      const neverLeft = error instanceof RefreshError && error.code === 'unreachable';
      if (!neverLeft || now() + waitMs >= deadline) throw error;
      await wait(waitMs);
    }
  }
};

/** The token exists nowhere but here: the write is repeated, on top of what the SDK repeats. */
const store = async (
  access_token: string,
  slot: SlotParameters,
  { wait }: ExchangeEdges,
): Promise<number> => {
  for (let write = 1; ; write += 1) {
    try {
      return await slot.writeToken(access_token);
    } catch (error) {
      if (write === TOKEN_WRITES) throw error;
      await wait(FIRST_WAIT_MS * 2 ** write);
    }
  }
};

/** What failed of writes that no longer change the answer. */
const failuresOf = async (writes: readonly Promise<unknown>[]): Promise<RefreshError[]> => {
  const settled = await Promise.allSettled(writes);
  return settled.flatMap((one) => {
    if (one.status === 'fulfilled') return [];
    if (one.reason instanceof RefreshError) return [one.reason];
    throw one.reason;
  });
};
