import type { Logger } from '@aws-lambda-powertools/logger';
import { MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Connection } from './connection.ts';
import type { Exchange } from './exchange-code.ts';
import type { ExchangeAnswer, ExchangeOutcome } from './exchange-event.ts';
import type { MetricName } from './metric-name.ts';
import type { MetricSink } from './report.ts';

const OUTCOME_METRICS: Readonly<Record<ExchangeOutcome, MetricName>> = {
  exchanged: 'Exchanged',
  'already-exchanged': 'CodeReplayed',
  'code-spent': 'CodeReplayed',
  rejected: 'CodeRejected',
  'reauthorization-required': 'CodeLost',
};

/** What an exchange tells CloudWatch. Neither the code nor the subject is in it. */
export const reportExchange = (
  { logger, metrics }: { logger: Logger; metrics: MetricSink },
  { connection, provider }: Connection,
  exchange: Exchange,
  { outcome, error, reason, tokenVersion, expiresAt }: ExchangeAnswer,
): void => {
  metrics.addMetric(OUTCOME_METRICS[outcome], MetricUnit.Count, 1);
  if (exchange.kind === 'used' && exchange.latencyMs !== null) {
    metrics.addMetric('ProviderLatency', MetricUnit.Milliseconds, exchange.latencyMs);
  }
  for (const { code, message } of exchange.kind === 'used' ? exchange.unrecorded : []) {
    metrics.addMetric('Failed', MetricUnit.Count, 1);
    logger.error(`${connection}: exchanged, but not recorded`, { connection, failure: { code, message } });
  }
  const told = { connection, provider, outcome, error, reason, tokenVersion, expiresAt };
  logger[outcome === 'exchanged' ? 'info' : 'warn'](`${connection}: ${outcome}`, told);
};
