import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import type { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import type { Connection } from './connection.ts';
import { ConfigurationError } from './errors.ts';
import { type ExchangeEdges, exchangeCode } from './exchange-code.ts';
import { type ExchangeAnswer, parseHandIn } from './exchange-event.ts';
import { answerToExchange } from './policy/exchange.ts';
import { dialect } from './providers/index.ts';
import { reportExchange } from './report-exchange.ts';

export interface ExchangeDependencies {
  readonly connection: Connection;
  readonly edges: ExchangeEdges;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/**
 * The exchange function of one authorization_code connection: hand-in, code, token, status, metric, answer.
 *
 * @throws RefreshError where the code was not used, ConfigurationError for a hand-in that is not one. Once the code is
 *   used, whatever happened is the answer.
 */
export const exchangeHandler = ({ connection, edges, logger, metrics }: ExchangeDependencies) => {
  const spoken = dialect(connection.provider, connection.settings);
  if (spoken.grant !== 'authorization_code') {
    throw new ConfigurationError(
      `${connection.connection} has no codes to exchange: its grant is ${spoken.grant}`,
    );
  }
  return middy<unknown, ExchangeAnswer>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .handler(async (event: unknown, context: Context) => {
      const handIn = parseHandIn(event);
      const exchange = await exchangeCode(handIn, connection, spoken, edges);
      const answer = answerToExchange(exchange, handIn, connection, context.awsRequestId);
      reportExchange({ logger, metrics }, connection, exchange, answer);
      return answer;
    });
};
