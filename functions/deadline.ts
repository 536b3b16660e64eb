import type { Context } from 'aws-lambda';

/** What is kept back of Lambda's time to store a token and its status: a killed run would tell nobody why. */
const WRITING_MS = 15_000;
/** Of that, what a token write leaves to the status, which tells why it failed. */
const STATUS_MS = 8000;
/** Of that, what a status write leaves to the log and the metrics. */
const REPORTING_MS = 1000;

/** When the parts of a run end, so that each one after them has its time. */
export interface Deadlines {
  /** What may take long: reads, token requests and the waits between them; a sweep. */
  readonly requests: AbortSignal;
  readonly tokenWrite: AbortSignal;
  readonly statusWrite: AbortSignal;
}

/** The deadlines of a run, by what Lambda leaves it. */
export const deadlines = (context: Context): Deadlines => {
  const remaining = context.getRemainingTimeInMillis();
  const before = (ms: number) => AbortSignal.timeout(Math.max(remaining - ms, 0));
  return {
    requests: before(WRITING_MS),
    tokenWrite: before(STATUS_MS),
    statusWrite: before(REPORTING_MS),
  };
};
