import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { codesPathOf, parseConnection, slotOf } from './connection.ts';
import { clientConfig, once, retryTooManyUpdates } from './edges/aws.ts';
import { codes } from './edges/codes.ts';
import { secretReader } from './edges/credentials.ts';
import { parameters } from './edges/parameters.ts';
import { exchangeHandler } from './exchange-handler.ts';
import { send } from './oauth/send.ts';

const connection = parseConnection(process.env['CONNECTION']);
const ssm = once(() => retryTooManyUpdates(new SSMClient(clientConfig)));
const secretsManager = once(() => new SecretsManagerClient(clientConfig));

export const handler = exchangeHandler({
  connection,
  edges: {
    slot: (subject) => parameters(ssm, slotOf(connection, subject)),
    codes: codes(ssm, codesPathOf(connection)),
    readSecret: secretReader(secretsManager, connection.secretArn),
    send,
    now: Date.now,
    wait: (ms) => wait(ms),
    timeout: (ms) => AbortSignal.timeout(ms),
    run: randomUUID,
  },
  logger: new Logger(),
  metrics: new Metrics({
    namespace: 'TokenRefresher',
    defaultDimensions: { connection: connection.connection },
  }),
});
