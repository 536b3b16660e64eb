import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { parseConnection } from './connection.ts';
import { clientConfig, once, retryTooManyUpdates } from './edges/aws.ts';
import { secretReader } from './edges/credentials.ts';
import { parameters } from './edges/parameters.ts';
import { send } from './oauth/send.ts';
import { refreshHandler } from './refresh-handler.ts';

const connection = parseConnection(process.env['CONNECTION']);
const ssm = once(() => retryTooManyUpdates(new SSMClient(clientConfig)));
const secretsManager = once(() => new SecretsManagerClient(clientConfig));

export const handler = refreshHandler({
  connection,
  edges: {
    parameters: parameters(ssm, connection),
    readSecret: secretReader(secretsManager, connection.secretArn),
    send,
    now: Date.now,
    wait: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
    random: Math.random,
  },
  logger: new Logger(),
  metrics: new Metrics({
    namespace: 'TokenRefresher',
    defaultDimensions: { connection: connection.connection },
  }),
});
