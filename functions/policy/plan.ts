import type { Action } from '../event.ts';
import type { Dialect } from '../providers/provider.ts';
import { instant, type State, type Status } from '../status.ts';
import { settledState } from './failure.ts';
import { ATTEMPTS, SKEW_SECONDS } from './timing.ts';

/** What a run is going to do, and why. */
export type Plan =
  | {
      readonly do: 'watch';
      readonly token: 'none' | 'fresh' | 'ending' | 'expired';
      readonly state: State;
      readonly reason: string;
    }
  | { readonly do: 'nothing'; readonly state: State; readonly reason: string }
  | { readonly do: 'pause'; readonly until: number; readonly reason: string }
  | { readonly do: 'resume'; readonly state: State; readonly reason: string }
  | {
      readonly do: 'refresh';
      /** Token requests this run may make before it gives up. */
      readonly attempts: number;
      /** Refresh only where AWSCURRENT is another version than this; undefined refreshes in any case. */
      readonly ifSecretIsNot?: string | null;
      readonly state: State;
      readonly reason: string;
    };

/**
 * Decides what a run does. Pure: the same status, action and time give the same plan.
 *
 * `force` beats due, backoff, blocked and pause. A pause beats everything else. A tick refreshes what is due; an
 * unforced `refresh` also looks whether the secret has changed, which is what the secret's event asks for.
 */
export const planRun = (status: Status, action: Action, grant: Dialect['grant'], now: number): Plan => {
  const state = stateNow(status, now);
  if (action.action === 'status') return { do: 'nothing', state, reason: status.reason };
  if (action.action === 'resume')
    return { do: 'resume', state: settledState(status), reason: said('resumed', action) };
  if (action.action === 'pause') {
    return { do: 'pause', until: action.until, reason: said(pauseReason(status, action.until), action) };
  }
  if (grant === 'authorization_code') return planWatch(status, state, now);
  const attempts = status.failures.consecutive === 0 ? ATTEMPTS : 1;
  if (action.action === 'refresh' && action.force) {
    return { do: 'refresh', attempts, state, reason: said('forced', action) };
  }
  if (state === 'paused') {
    return {
      do: 'nothing',
      state,
      reason: `paused until ${status.pausedUntil}: resume or force to refresh earlier`,
    };
  }
  if (state === 'awaiting-credentials') {
    return { do: 'refresh', attempts, ifSecretIsNot: status.secretVersion, state, reason: status.reason };
  }
  const dueAt = instant(state === 'fresh' ? status.renewAt : status.nextAttemptAt);
  if (dueAt === null || now >= dueAt || isFromTheFuture(status, now)) {
    return { do: 'refresh', attempts, state, reason: state === 'fresh' ? 'due' : 'tried again' };
  }
  const looksAtSecret = action.action === 'refresh' || state === 'blocked';
  return looksAtSecret
    ? { do: 'refresh', attempts, ifSecretIsNot: status.secretVersion, state, reason: notYet(status, state) }
    : { do: 'nothing', state, reason: notYet(status, state) };
};

/** No schedule can mint a token for which a person has to log in: the tick watches its expiry. */
const planWatch = (status: Status, state: State, now: number): Plan => {
  const expiresAt = instant(status.expiresAt);
  if (state === 'paused') return { do: 'nothing', state, reason: `paused until ${status.pausedUntil}` };
  const required = { do: 'watch', state: 'reauthorization-required' } as const;
  if (status.tokenVersion === null || expiresAt === null) {
    return { ...required, token: 'none', reason: 'there is no token: a person has to log in' };
  }
  if (expiresAt <= now) {
    return {
      ...required,
      token: 'expired',
      reason: `the token expired at ${status.expiresAt} and was deleted: a person has to log in`,
    };
  }
  if (now >= (instant(status.renewAt) ?? 0)) {
    return {
      ...required,
      token: 'ending',
      reason: `the token expires at ${status.expiresAt}: a person has to log in before`,
    };
  }
  return {
    do: 'watch',
    token: 'fresh',
    state: 'fresh',
    reason: `fresh: a person has to log in after ${status.renewAt}`,
  };
};

/** The state of a connection now: a pause that is over is no pause. */
export const stateNow = (status: Status, now: number): State =>
  (instant(status.pausedUntil) ?? 0) > now
    ? 'paused'
    : status.state === 'paused'
      ? settledState(status)
      : status.state;

// A clock that was ahead for a while would otherwise keep its promise of freshness long after it was set right.
const isFromTheFuture = (status: Status, now: number): boolean =>
  (instant(status.lastAttempt?.at ?? null) ?? 0) > now + SKEW_SECONDS * 1000;

const notYet = (status: Status, state: State): string =>
  state === 'fresh'
    ? `fresh: renewal is due at ${status.renewAt}`
    : `${status.failures.error?.message ?? status.reason}: next attempt at ${status.nextAttemptAt}`;

const pauseReason = (status: Status, until: number): string => {
  const expiresAt = instant(status.expiresAt);
  return expiresAt !== null && expiresAt < until
    ? `paused by ops; the token expires at ${status.expiresAt}, before the pause ends`
    : 'paused by ops';
};

const said = (what: string, { reason }: { readonly reason: string | null }): string =>
  reason === null ? what : `${what}: ${reason}`;
