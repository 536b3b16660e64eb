import type { Answer } from '../../functions/event.ts';
import { instant, OUTCOMES, STATES } from '../../functions/status.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { OpsError } from './ops-error.ts';
import { fromNow, type Paint, type Style } from './words.ts';

/** A function that could not be asked, or failed. */
export interface Failed {
  readonly connection: string;
  readonly error: string;
}

/** Reads what a refresh function answered. @throws OpsError where it is no answer */
export const parseAnswer = (functionName: string, value: unknown): Answer => {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isAnswer =
    typeof fields['connection'] === 'string' &&
    typeof fields['reason'] === 'string' &&
    OUTCOMES.some((outcome) => outcome === fields['outcome']) &&
    STATES.some((state) => state === fields['state']);
  if (isAnswer) return value as Answer;
  throw new OpsError(
    `${functionName} gave an answer this command line does not know: use the version that was deployed`,
  );
};

/** Whether an answer leaves nothing to do. */
export const isFresh = ({ outcome }: Answer): boolean => outcome === 'refreshed' || outcome === 'fresh';

/** Whether the function could not reach its status, so that it says nothing of the connection: a failure always says when next. */
export const knowsNothing = (answer: Answer): boolean =>
  answer.outcome === 'failed' &&
  answer.expiresAt === null &&
  answer.nextAttemptAt === null &&
  answer.tokenVersion === null;

/** What to do then, whatever could not be read or written. */
const NOT_KNOWN =
  'how it stands is not known: if this names a command, run it, otherwise look at the rights of its function, its KMS key and the AWS Health Dashboard; each tick tries again';

/** The worst of some answers decides, and a function that could not be asked, or do its work, is worse than any. */
export const exitCodeOfAnswers = (answers: readonly (Answer | Failed)[], now: number): ExitCode => {
  const answered = answers.filter((answer): answer is Answer => !('error' in answer));
  if (answered.length < answers.length || answered.some(knowsNothing)) return EXIT.failed;
  if (answered.some(({ expiresAt }) => (instant(expiresAt) ?? now + 1) <= now)) return EXIT.expired;
  return answered.every(isFresh) ? EXIT.ok : EXIT.attention;
};

export type Mark = 'done' | 'waiting' | 'not done';

const MARKS: Readonly<Record<Mark, readonly [Style, string]>> = {
  done: ['green', '✔'],
  waiting: ['yellow', '○'],
  'not done': ['red', '✖'],
};

/** What a connection answered, why, what happens when, and what the command adds, in one line. Pure. */
export const answerLine = (
  answer: Answer,
  mark: Mark,
  now: number,
  paint: Paint,
  notes: readonly string[] = [],
): string => {
  const { connection, outcome, reason, tokenVersion } = answer;
  const facts = [
    // Most reasons begin with the outcome already.
    ...(reason.startsWith(outcome) ? [reason] : [outcome, reason].filter(Boolean)),
    ...(tokenVersion !== null && outcome === 'refreshed' ? [`version ${tokenVersion}`] : []),
    ...(knowsNothing(answer) ? [NOT_KNOWN] : [...times(answer, now), ...notes]),
  ];
  return `${paint(...MARKS[mark])} ${paint('bold', connection)}: ${facts.join('; ')}`;
};

export const failedLine = ({ connection, error }: Failed, paint: Paint): string =>
  `${paint('red', '✖')} ${paint('bold', connection)}: ${error}`;

const times = (answer: Answer, now: number): string[] => {
  const expiresAt = instant(answer.expiresAt);
  const renewAt = instant(answer.renewAt);
  const nextAttemptAt = instant(answer.nextAttemptAt);
  const expiry =
    expiresAt === null
      ? 'no token'
      : `${expiresAt <= now ? 'expired' : 'expires'} ${fromNow(expiresAt, now)}`;
  if (answer.state === 'fresh') {
    return [
      expiry,
      ...(renewAt === null ? [] : [renewAt > now ? `renews ${fromNow(renewAt, now)}` : 'renewal is due']),
    ];
  }
  if (answer.state === 'paused' || nextAttemptAt === null) return [expiry];
  return [
    expiry,
    nextAttemptAt > now ? `next attempt ${fromNow(nextAttemptAt, now)}` : 'next attempt at the next tick',
  ];
};
