import type { Attempt } from '../attempt.ts';
import type { Connection } from '../connection.ts';
import { RefreshError } from '../errors.ts';
import { instant, iso, NO_TOKEN, type Outcome, type State, type Status } from '../status.ts';
import { nextAttemptAt, outcomeOf, settledState, stateAfterFailure } from './failure.ts';
import type { Plan } from './plan.ts';
import { renewAt } from './renewal.ts';
import { SKEW_SECONDS } from './timing.ts';

/** What a run reports, and the status it leaves; the same object as before where nothing changed. */
export interface Result {
  readonly status: Status;
  readonly state: State;
  readonly outcome: Outcome;
  readonly reason: string;
  /** Why this run did not do what it set out to do. */
  readonly failure: RefreshError | null;
  /** What has to be said of a token only a person can renew, once: that somebody has to log in, or that somebody has. */
  readonly notice?: 'required' | 'recovered';
}

/** What a connection's status becomes by a plan and what came of it. Pure. */
export const resultOf = (
  before: Status,
  plan: Plan,
  attempt: Attempt,
  connection: Connection & { readonly configuration?: string },
  { startedAt, now }: { startedAt: number; now: number },
): Result => {
  if (plan.do === 'pause') {
    const status: Status = { ...before, state: 'paused', pausedUntil: iso(plan.until), reason: plan.reason };
    return { status, state: 'paused', outcome: 'paused', reason: plan.reason, failure: null };
  }
  if (plan.do === 'resume') {
    const status: Status = { ...before, state: plan.state, pausedUntil: null, reason: plan.reason };
    return {
      status,
      state: plan.state,
      outcome: outcomeOf(plan.state),
      reason: plan.reason,
      failure: null,
    };
  }
  if (plan.do === 'watch') return watched(before, plan, now);
  if (attempt.kind === 'none' || attempt.kind === 'watched') {
    const { state, reason } = plan;
    return { status: before, state, outcome: outcomeOf(state), reason, failure: null };
  }
  const durationMs = Math.max(now - startedAt, 0);
  // A clock that was set back while the run was at work leaves a start that is still to come.
  const from = Math.min(startedAt, now);
  const pausedUntil = (instant(before.pausedUntil) ?? 0) > now ? before.pausedUntil : null;
  const known = attempt.kind === 'issued' ? issued(before, attempt, connection, now) : before;
  const failure = attempt.error ?? sameTokenExpired(before, known, now);
  if (plan.state === 'blocked' && failure?.code === 'secret_unreadable') {
    // Whether the secret has changed is not known: no reason yet to call with what was rejected.
    return { status: before, state: plan.state, outcome: 'failed', reason: failure.message, failure };
  }
  const after =
    failure === null ? known : failed(known, failure, attempt, connection, { startedAt: from, now });
  const settled = settledState(after);
  const outcome = failure === null ? 'refreshed' : outcomeOf(settled);
  const state = pausedUntil === null ? settled : 'paused';
  const unchanged =
    settled === 'awaiting-credentials' &&
    before.state === state &&
    before.secretVersion === after.secretVersion;
  return {
    status: unchanged
      ? before
      : {
          ...after,
          state,
          pausedUntil,
          configuration: connection.configuration ?? before.configuration,
          lastAttempt: { at: iso(from), outcome, durationMs },
        },
    state,
    outcome,
    reason: after.reason,
    failure: settled === 'awaiting-credentials' ? null : failure,
  };
};

const watched = (before: Status, plan: Extract<Plan, { do: 'watch' }>, now: number): Result => {
  const { state, reason } = plan;
  if (state === 'paused') {
    return { status: { ...before, ...NO_TOKEN }, state, outcome: outcomeOf(state), reason, failure: null };
  }
  const notice = noticeOf(before, plan);
  const told = {
    state,
    outcome: outcomeOf(plan.answer ?? state),
    reason,
    failure: null,
    ...(notice === null ? {} : { notice }),
  };
  const error =
    state === 'fresh' ? null : ({ code: 'reauthorization_required', status: null, message: reason } as const);
  if (before.state === state && before.failures.error?.message === error?.message && notice === null)
    return { status: before, ...told };
  const described = plan.token === 'fresh' || plan.token === 'ending' ? {} : NO_TOKEN;
  const failures = { consecutive: error === null ? 0 : 1, since: null, error };
  return {
    status: {
      ...before,
      ...described,
      state,
      failures,
      pausedUntil: null,
      noticedAt: notice === null ? before.noticedAt : notice === 'required' ? iso(now) : null,
      nextAttemptAt: null,
      reason,
    },
    ...told,
  };
};

/**
 * Once for each token that ends, and once when there is a new one; a token that never was has no end. A status without
 * a failure is of a token that came after the last notice: that one's end is news, though its coming was never told.
 */
const noticeOf = (
  before: Status,
  { token }: Extract<Plan, { do: 'watch' }>,
): NonNullable<Result['notice']> | null => {
  const { noticedAt, failures } = before;
  if (token === 'fresh') return noticedAt === null ? null : 'recovered';
  return token !== 'none' && (noticedAt === null || failures.error === null) ? 'required' : null;
};

type IssuedAttempt = Extract<Attempt, { kind: 'issued' }>;

const issued = (before: Status, attempt: IssuedAttempt, connection: Connection, now: number): Status => {
  const { token, fingerprint } = attempt;
  const sameToken = before.fingerprint === fingerprint && before.expiresAt !== null;
  // A server that hands out the same token again may claim its full life again.
  const expiresAt = sameToken ? Math.min(token.expiresAt, instant(before.expiresAt) ?? 0) : token.expiresAt;
  const next = iso(attempt.settled ? renewAt(connection, { now, expiresAt, fingerprint }) : now);
  return {
    ...before,
    tokenVersion: attempt.tokenVersion,
    issuedAt: sameToken ? before.issuedAt : iso(token.issuedAt),
    expiresAt: iso(expiresAt),
    renewAt: next,
    tokenType: token.token_type,
    scope: token.scope?.slice(0, MAX_SCOPE) ?? null,
    fingerprint,
    secretVersion: attempt.secretVersion,
    rejected: rejectedAfter(before, attempt, now),
    failures: { consecutive: 0, since: null, error: null },
    nextAttemptAt: next,
    reason: refreshedReason(
      attempt,
      sameToken,
      lifeWarning((expiresAt - token.issuedAt) / 1000, sameToken, connection),
    ),
  };
};

const rejectedAfter = (before: Status, attempt: IssuedAttempt, now: number): Status['rejected'] => {
  if (attempt.secretStage === 'AWSCURRENT') return null;
  return attempt.rejected === undefined ? before.rejected : { secretVersion: attempt.rejected, at: iso(now) };
};

/** A status has 4 KB; a scope may have more. */
const MAX_SCOPE = 1000;

const refreshedReason = (
  { secretStage, token, conflicts, settled }: IssuedAttempt,
  sameToken: boolean,
  warning: string | null,
): string =>
  [
    sameToken ? 'refreshed: the provider answered with the same token again' : 'refreshed',
    ...(secretStage === 'AWSPREVIOUS' ? ['AWSCURRENT was rejected, AWSPREVIOUS worked'] : []),
    ...(conflicts > 0 ? ['another run wrote meanwhile, fetched again'] : []),
    ...(settled ? [] : ['other runs kept writing, the next tick fetches once more']),
    ...(warning === null ? [] : [warning]),
    ...token.warnings,
  ].join('; ');

/** What follows where a token lives shorter than the connection was made for: nobody else compares the two. */
const lifeWarning = (
  seconds: number,
  sameToken: boolean,
  { tickSeconds, renewBeforeSeconds }: Connection,
): string | null => {
  if (seconds < tickSeconds) return 'the token lives shorter than a tick, each tick renews it';
  // Renewed at half of its life, which a safe cache time takes to be renewBefore.
  return !sameToken && seconds / 2 < renewBeforeSeconds - SKEW_SECONDS
    ? `the token lives ${Math.floor(seconds)} s, shorter than documented: readers that cache for safeCacheSeconds may hold an expired one`
    : null;
};

const sameTokenExpired = (before: Status, after: Status, now: number): RefreshError | null =>
  after.fingerprint === before.fingerprint && (instant(after.expiresAt) ?? 0) <= now
    ? new RefreshError(
        'same_token_expired',
        `the provider answered with the token that expired at ${after.expiresAt}`,
      )
    : null;

const failed = (
  before: Status,
  error: RefreshError,
  attempt: Extract<Attempt, { kind: 'issued' | 'failed' }>,
  connection: Connection,
  { startedAt, now }: { startedAt: number; now: number },
): Status => {
  const { secretVersion, answerLost } = attempt;
  const next = nextAttemptAt(error, connection, { startedAt, now, expiresAt: before.expiresAt, answerLost });
  const awaits = error.code === 'credentials_empty';
  return {
    ...before,
    state: stateAfterFailure(error.code),
    secretVersion: awaits ? secretVersion : (secretVersion ?? before.secretVersion),
    failures: {
      consecutive: awaits ? 0 : before.failures.consecutive + 1,
      since: awaits ? null : (before.failures.since ?? iso(now)),
      error: { code: error.code, status: error.status, message: error.message },
    },
    nextAttemptAt: next === null ? null : iso(next),
    reason: error.message,
  };
};
