import type { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { type Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { answerOps } from './answer-ops.ts';
import type { Connection } from './connection.ts';
import { deadlines } from './deadline.ts';
import type { Notify } from './edges/notify.ts';
import type { Parameters, Stored } from './edges/parameters.ts';
import type { Tree } from './edges/tree.ts';
import { type Answer, answerTo, parseAction } from './event.ts';
import type { MetricName } from './metric-name.ts';
import { planRun, unlessBusy } from './policy/plan.ts';
import { resultOf } from './policy/status-after.ts';
import { statusBefore } from './policy/status-before.ts';
import { planSweep, type Sweep } from './policy/sweep.ts';
import { dialect } from './providers/index.ts';
import { report } from './report.ts';
import type { Status } from './status.ts';
import { clean, look } from './sweep.ts';
import { unlessChanged, watchToken } from './watch-token.ts';

export interface WatchDependencies {
  readonly connection: Connection;
  readonly edges: {
    /** The parameters of a subject; null is the connection itself. */
    readonly slot: (subject: string | null) => Parameters;
    readonly tree: Tree;
    readonly notify: Notify;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
  };
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const WATCHED = { kind: 'watched' } as const;

/**
 * The refresh function of one authorization_code connection. It takes the same events and gives the same answers, but
 * makes no token call: it watches the token a person logged in for, says once that somebody has to log in again, and
 * clears away what is over: expired tokens, those of subjects included, and markers of codes.
 *
 * @throws RefreshError where SSM or the event bus failed. A token that needs a person is no failure.
 */
export const watchHandler = ({ connection, edges, logger, metrics }: WatchDependencies) => {
  const { grant } = dialect(connection.provider, connection.settings);
  const own = edges.slot(null);
  return middy<unknown, Answer>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics))
    .onError(answerOps(connection, edges.now, logger))
    .handler(async (event: unknown, context: Context) => {
      const startedAt = edges.now();
      const { requests: inTime } = deadlines(context);
      const action = parseAction(event, startedAt);
      // Status before markers: whoever stored a token the status does not describe has left a marker to be found.
      const stored = await own.readStatus();
      const found = await look(connection, edges);
      const sweep = planSweep({ shared: stored.status, ...found }, connection.lifetimeSeconds, startedAt);
      const healed = { ...stored, status: healedStatus(sweep, stored) ?? stored.status };
      const before = statusBefore(healed, connection, startedAt);
      const planned = unlessBusy(planRun(before, action, grant, startedAt), sweep.busy.has(null));
      const plan = await unlessChanged(planned, stored, own);
      await watchToken(plan, own);
      const result = resultOf(before, plan, WATCHED, connection, { startedAt, now: edges.now() });
      // Neither holds the other up: an event bus that fails, or subjects that cannot be deleted.
      try {
        if (result.notice) await edges.notify(result.notice, connection, before, result.reason);
        await own.writeStatus(result.status, stored);
        metrics.addMetric('LiveSubjects' satisfies MetricName, MetricUnit.Count, sweep.liveSubjects);
        report({ logger, metrics }, connection, action, WATCHED, result, edges.now());
      } finally {
        await clean(sweep, connection, edges, edges.now(), inTime);
      }
      return answerTo(action, result, context.awsRequestId);
    });
};

/** Of two logins at once, the one that began first may have stored its token last: that one is not healed away. */
const healedStatus = ({ heal }: Sweep, { tokenVersion }: Stored): Status | null => {
  const status = heal.find(({ subject }) => subject === null)?.status ?? null;
  return tokenVersion === null || tokenVersion === status?.tokenVersion ? status : null;
};
