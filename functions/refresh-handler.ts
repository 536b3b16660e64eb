import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { answerOps } from './answer-ops.ts';
import { attempt, type Edges } from './attempt.ts';
import { type Connection, configurationOf } from './connection.ts';
import { deadlines } from './deadline.ts';
import { ConfigurationError } from './errors.ts';
import { type Answer, answerTo, parseAction } from './event.ts';
import { planRun } from './policy/plan.ts';
import { resultOf } from './policy/status-after.ts';
import { statusBefore } from './policy/status-before.ts';
import { dialect } from './providers/index.ts';
import { report } from './report.ts';

export interface RefreshDependencies {
  readonly connection: Connection;
  readonly edges: Edges;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The refresh function of one connection: due or not, credentials, request, response check, token write, status write,
 * metric, answer.
 *
 * @throws a tick's own failure, after it is written to the status, so that alarms and the failure queue see it; for
 *   ops the failure is the answer. ConfigurationError for an event it does not know, and at once for a connection that
 *   takes a login.
 */
export const refreshHandler = ({ connection, edges, logger, metrics }: RefreshDependencies) => {
  const spoken = dialect(connection.provider, connection.settings);
  if (spoken.grant !== 'client_credentials') {
    throw new ConfigurationError(
      `${connection.connection} takes a login and cannot be refreshed: its function is watch.handler`,
    );
  }
  const configured = { ...connection, configuration: configurationOf(connection) };
  return middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .onError(answerOps(connection, edges.now, logger))
    .handler(async (event: unknown, context: Context) => {
      const startedAt = edges.now();
      const ends = deadlines(context);
      const action = parseAction(event, startedAt);
      const stored = await edges.parameters.readStatus();
      const before = statusBefore(stored, configured, startedAt);
      const plan = planRun(before, action, spoken.grant, startedAt, stored.tokenVersion);
      const { made, known } = await attempt(plan, { stored, status: before }, spoken, edges, ends);
      const result = resultOf(known.status, plan, made, configured, { startedAt, now: edges.now() });
      await edges.parameters.writeStatus(result.status, known.stored, ends.statusWrite);
      report({ logger, metrics }, connection, action, made, result, edges.now());
      return answerTo(action, result, context.awsRequestId);
    });
};
