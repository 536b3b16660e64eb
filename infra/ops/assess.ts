import type { ConnectionConfig } from '../../functions/connection.ts';
import { stateNow } from '../../functions/policy/plan.ts';
import { SKEW_SECONDS } from '../../functions/policy/timing.ts';
import { instant, type State, type Status } from '../../functions/status.ts';
import type { Found } from './config.ts';
import type { CredentialsUse } from './credentials-use.ts';
import { EXIT, type ExitCode } from './exit.ts';

/** What an operator has to know first of a connection. */
export interface Assessment {
  /** Null where there is no status: no run has written one, or somebody deleted it. */
  readonly state: State | null;
  readonly verdict: 'fresh' | 'attention' | 'expired';
  /** Milliseconds since the epoch; null where there is no token. */
  readonly expiresAt: number | null;
  readonly expired: boolean;
  /** Something was due more than two ticks ago and nobody did it: the schedule does not fire, or its function fails. */
  readonly overdue: boolean;
  /** Its token was issued for AWSPREVIOUS, as the provider rejected AWSCURRENT: fresh for as long as that works. */
  readonly fellBack: boolean;
}

/**
 * How a connection stands at an instant. Pure. What became of its credentials is known better than from the status alone
 * where somebody has looked at the secret's versions.
 */
export const assess = (
  { tickSeconds }: Pick<ConnectionConfig, 'tickSeconds'>,
  status: Status | null,
  now: number,
  use: CredentialsUse | null = null,
): Assessment => {
  if (status === null) {
    return {
      state: null,
      verdict: 'attention',
      expiresAt: null,
      expired: false,
      overdue: false,
      fellBack: false,
    };
  }
  const state = stateNow(status, now);
  const expiresAt = instant(status.expiresAt);
  const expired = expiresAt !== null && expiresAt <= now;
  const dueAt = instant(state === 'fresh' ? status.renewAt : status.nextAttemptAt);
  const patience = (2 * tickSeconds + SKEW_SECONDS) * 1000;
  const overdue = state !== 'paused' && dueAt !== null && dueAt + patience < now;
  const fellBack =
    state === 'fresh' &&
    (use === null || use === 'not known' ? status.rejected !== null : use === 'rejected');
  const fine = state === 'fresh' && !overdue && !fellBack;
  const verdict = expired ? 'expired' : fine ? 'fresh' : 'attention';
  return { state, verdict, expiresAt, expired, overdue, fellBack };
};

/** Whether a connection's token takes a person who logs in (`authorization_code`). */
export const takesCodes = (
  { exchangeFunctionName }: Pick<Found, 'exchangeFunctionName'>,
  status: Status | null,
): boolean =>
  exchangeFunctionName !== undefined || status?.failures.error?.code === 'reauthorization_required';

/** The worst of some connections decides. */
export const exitCodeFor = (assessments: readonly Pick<Assessment, 'verdict'>[]): ExitCode => {
  if (assessments.some(({ verdict }) => verdict === 'expired')) return EXIT.expired;
  return assessments.every(({ verdict }) => verdict === 'fresh') ? EXIT.ok : EXIT.attention;
};
