import type { Context } from 'aws-lambda';

/** What is kept back of Lambda's time to store a token and its status: a killed run would tell nobody why. */
const WRITING_MS = 15_000;

/** Ends what may take long (token requests, and the waits between them; a sweep) while there is time left to write. */
export const deadline = (context: Context): AbortSignal =>
  AbortSignal.timeout(Math.max(context.getRemainingTimeInMillis() - WRITING_MS, 0));
