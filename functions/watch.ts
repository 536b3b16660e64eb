import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SSMClient } from '@aws-sdk/client-ssm';
import { parseConnection, slotOf } from './connection.ts';
import { clientConfig, once, retryTooManyUpdates } from './edges/aws.ts';
import { notifier } from './edges/notify.ts';
import { parameters } from './edges/parameters.ts';
import { tree } from './edges/tree.ts';
import { watchHandler } from './watch-handler.ts';

const connection = parseConnection(process.env['CONNECTION']);
const ssm = once(() => retryTooManyUpdates(new SSMClient(clientConfig)));
const eventBridge = once(() => new EventBridgeClient(clientConfig));

export const handler = watchHandler({
  connection,
  edges: {
    slot: (subject) => parameters(ssm, slotOf(connection, subject)),
    tree: tree(ssm),
    notify: notifier(eventBridge),
    now: Date.now,
  },
  logger: new Logger(),
  metrics: new Metrics({
    namespace: 'TokenRefresher',
    defaultDimensions: { connection: connection.connection },
  }),
});
