import type { Action } from '../event.ts';
import type { Dialect } from '../providers/provider.ts';
import { instant, type State, type Status } from '../status.ts';
import { settledState } from './failure.ts';
import { ATTEMPTS, PROBE_SECONDS } from './timing.ts';

/** What a run is going to do, and why. */
export type Plan =
  | {
      readonly do: 'watch';
      /** `none`: nobody has ever logged in. `gone`: there was one, and whoever deleted it may not have said so. */
      readonly token: 'none' | 'gone' | 'fresh' | 'ending' | 'expired';
      readonly state: State;
      /** The state the answer is about, where it is not the one of the token. */
      readonly answer?: State;
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
      /** Version of AWSCURRENT that was rejected a moment ago: AWSPREVIOUS goes first, or nothing where this only looks. */
      readonly rejected?: string;
      /** By its times alone, the status would not make the next tick attempt. */
      readonly early: boolean;
      readonly state: State;
      readonly reason: string;
    };

/**
 * Decides what a run does. Pure: the same status, action and time give the same plan.
 *
 * `force` beats due, backoff, blocked and pause. A pause beats everything else. A tick refreshes what is due; an
 * unforced `refresh` also looks whether the secret has changed, which is what the secret's event asks for. A stored
 * token that is not the one the status describes is due: a run died between the two, or somebody wrote by hand.
 *
 * @param stored version of the stored token, null where there is none
 */
export const planRun = (
  status: Status,
  action: Action,
  grant: Dialect['grant'],
  now: number,
  stored: number | null = status.tokenVersion,
): Plan => {
  const state = stateNow(status, now);
  if (action.action === 'status') return { do: 'nothing', state, reason: status.reason };
  if (action.action === 'resume')
    return { do: 'resume', state: settledState(status), reason: said('resumed', action) };
  if (action.action === 'pause') {
    return { do: 'pause', until: action.until, reason: said(pauseReason(status, action.until), action) };
  }
  if (grant === 'authorization_code') {
    const plan = planWatch(status, state, now);
    const isForced = action.action === 'refresh' && action.force;
    return plan.do === 'watch' && plan.state !== 'paused' && isForced ? cannotRefresh(plan) : plan;
  }
  const attempts = status.failures.consecutive === 0 ? ATTEMPTS : 1;
  const due = dueNow(status, stored, now);
  // The token to come may get the very version the status describes: then nothing but the status' times would be due.
  const early = dueNow(status, status.tokenVersion, now) === null;
  if (action.action === 'refresh' && action.force) {
    return { do: 'refresh', attempts, early, state, reason: said('forced', action) };
  }
  if (state === 'paused') {
    return {
      do: 'nothing',
      state,
      reason: `paused until ${status.pausedUntil}: resume or force to refresh earlier`,
    };
  }
  if (state === 'awaiting-credentials') {
    const known = status.failures.error?.code === 'credentials_empty' ? status.secretVersion : null;
    return { do: 'refresh', attempts, ifSecretIsNot: known, early: false, state, reason: status.reason };
  }
  if (due !== null)
    return { do: 'refresh', attempts, ...justRejected(status, now), early, state, reason: due };
  const reason = notYet(status, state);
  const looksAtSecret = action.action === 'refresh' || state === 'blocked';
  return looksAtSecret
    ? {
        do: 'refresh',
        attempts,
        ifSecretIsNot: status.secretVersion,
        ...justRejected(status, now),
        early: true,
        state,
        reason,
      }
    : { do: 'nothing', state, reason };
};

/** Why a tick would attempt now, whether paused or not; null where it would not. */
const dueNow = (status: Status, stored: number | null, now: number): string | null => {
  const isFresh = settledState(status) === 'fresh';
  if (isFresh && stored !== status.tokenVersion)
    return 'the stored token is not the one this status describes';
  const isPast = (time: string | null) => now >= (instant(time) ?? 0);
  if (!isFresh) return isPast(status.nextAttemptAt) ? 'tried again' : null;
  return isPast(status.renewAt) || isPast(status.expiresAt) ? 'due' : null;
};

/**
 * No schedule can mint a token for which a person has to log in: the tick watches its expiry. A pause keeps quiet what
 * there is to say until it is over, and no expired token.
 */
const planWatch = (status: Status, state: State, now: number): Plan => {
  const expiresAt = status.tokenVersion === null ? null : instant(status.expiresAt);
  if (state === 'paused') {
    const reason = `paused until ${status.pausedUntil}`;
    return expiresAt === null || expiresAt > now
      ? { do: 'nothing', state, reason }
      : {
          do: 'watch',
          token: 'expired',
          state,
          reason: `${reason}; the token expired at ${status.expiresAt} and was deleted`,
        };
  }
  const required = { do: 'watch', state: 'reauthorization-required' } as const;
  if (expiresAt === null) {
    return status.lastAttempt === null
      ? { ...required, token: 'none', reason: 'there is no token: a person has to log in' }
      : { ...required, token: 'gone', reason: 'there is no token any more: a person has to log in' };
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

/** Nothing of a slot is deleted while a run exchanges a code for it: the token could be the new one already. */
export const unlessBusy = (plan: Plan, busy: boolean): Plan =>
  busy && plan.do === 'watch' && plan.token === 'expired'
    ? { do: 'nothing', state: plan.state, reason: 'a code is being exchanged right now' }
    : plan;

const cannotRefresh = (plan: Extract<Plan, { do: 'watch' }>): Plan => ({
  ...plan,
  answer: 'reauthorization-required',
  reason:
    plan.token === 'fresh' ? `only a person who logs in can renew this token; ${plan.reason}` : plan.reason,
});

/** The state of a connection now: a pause that is over is no pause. */
export const stateNow = (status: Status, now: number): State =>
  (instant(status.pausedUntil) ?? 0) > now
    ? 'paused'
    : status.state === 'paused'
      ? settledState(status)
      : status.state;

// A login that fails again and again can lock an account.
const justRejected = ({ rejected }: Status, now: number): { rejected?: string } =>
  rejected !== null && now < Date.parse(rejected.at) + PROBE_SECONDS * 1000
    ? { rejected: rejected.secretVersion }
    : {};

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
