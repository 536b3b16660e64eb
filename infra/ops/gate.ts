import type { Answer } from '../../functions/event.ts';
import { instant, type Status } from '../../functions/status.ts';
import { type Failed, isFresh, knowsNothing } from './answer.ts';
import { takesCodes } from './assess.ts';
import type { Found } from './config.ts';
import { EXIT, type ExitCode } from './exit.ts';

/** What a deploy gate makes of one connection. */
export type GateVerdict =
  | 'fresh'
  /** Its secret is empty: nothing a deploy could mend. */
  | 'awaiting-credentials'
  /** A person has to log in (authorization_code): nothing a deploy could mend. */
  | 'awaiting-login'
  /** Somebody paused it, and its token is still valid. */
  | 'paused'
  | 'not-fresh'
  | 'expired'
  /** Its function could not be asked, failed or could not reach its status. */
  | 'failed';

/** Pure. `status` is the one after the answer. */
export const gateVerdict = (
  config: Pick<Found, 'exchangeFunctionName'>,
  answer: Answer | Failed,
  status: Status | null,
  now: number,
): GateVerdict => {
  if ('error' in answer || knowsNothing(answer)) return 'failed';
  if (isFresh(answer)) return 'fresh';
  if (answer.outcome === 'reauthorization-required' && takesCodes(config, status)) return 'awaiting-login';
  if (answer.outcome === 'awaiting-credentials') return answer.outcome;
  const expiresAt = instant(answer.expiresAt);
  if (expiresAt !== null && expiresAt <= now) return 'expired';
  return answer.outcome === 'paused' && expiresAt !== null ? 'paused' : 'not-fresh';
};

/** Whether time, or another attempt, may change a verdict. None is made through a pause: somebody wanted it. */
export const mayStillPass = (verdict: GateVerdict, answer: Answer | Failed): boolean =>
  verdict === 'failed' ||
  ((verdict === 'not-fresh' || verdict === 'expired') && 'outcome' in answer && answer.outcome !== 'paused');

/** Whether a verdict lets the pipeline go on. */
export const passes = (verdict: GateVerdict, allowAwaiting: boolean): boolean =>
  verdict === 'fresh' ||
  verdict === 'paused' ||
  verdict === 'awaiting-login' ||
  (verdict === 'awaiting-credentials' && allowAwaiting);

/** The worst verdict decides. Pure. */
export const gateExitCode = (verdicts: readonly GateVerdict[], allowAwaiting: boolean): ExitCode => {
  const refused = verdicts.filter((verdict) => !passes(verdict, allowAwaiting));
  if (refused.includes('failed')) return EXIT.failed;
  if (refused.includes('expired')) return EXIT.expired;
  return refused.length === 0 ? EXIT.ok : EXIT.attention;
};
