import type { Row } from '../../functions/board/row.ts';
import { instant } from '../../functions/status.ts';

/** What the gate says about one connection. */
export interface Verdict {
  readonly connection: string;
  /** `waits`: it may still become fresh; `excused`: only a person can help, and a deployment does not change that. */
  readonly verdict: 'fresh' | 'excused' | 'waits';
  readonly reason: string;
}

/** Whether a connection that has credentials is fresh. Pure. */
export const verdictOn = ({ connection, status }: Row, now: number): Verdict => {
  if (status === null) return { connection, verdict: 'waits', reason: 'it has not reported yet' };
  const { state, expiresAt, failures } = status;
  const expired = (instant(expiresAt) ?? 0) <= now;
  switch (state) {
    case 'fresh':
      return expired
        ? { connection, verdict: 'waits', reason: `its token expired at ${expiresAt}` }
        : { connection, verdict: 'fresh', reason: `valid until ${expiresAt}` };
    case 'awaiting-credentials':
      return { connection, verdict: 'excused', reason: 'it has no credentials yet' };
    case 'paused':
      return { connection, verdict: 'excused', reason: `it is paused until ${status.pausedUntil}` };
    case 'reauthorization-required':
      return { connection, verdict: 'excused', reason: 'a person has to log in' };
    default: {
      const { error } = failures;
      const said = error === null ? status.reason : `${error.code}: ${error.message}`;
      return { connection, verdict: 'waits', reason: `it is ${state}: ${said}` };
    }
  }
};
