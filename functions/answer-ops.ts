import type { Logger } from '@aws-lambda-powertools/logger';
import type { Request } from '@middy/core';
import type { Connection } from './connection.ts';
import { RefreshError } from './errors.ts';
import { type Answer, answerWithoutStatus, parseAction } from './event.ts';

/** Makes a run that failed before it knew anything an answer for ops, who read one; for a tick it stays a failure. */
export const answerOps =
  ({ connection }: Pick<Connection, 'connection'>, now: () => number, logger: Logger) =>
  (request: Request<unknown, Answer>): void => {
    const { error, event, context } = request;
    if (!(error instanceof RefreshError) || parseAction(event, now()).action === 'tick') return;
    logger.error(`${connection}: failed`, { failure: error });
    request.response = answerWithoutStatus(connection, error, context.awsRequestId);
  };
