import { setTimeout as wait } from 'node:timers/promises';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { SSMClient } from '@aws-sdk/client-ssm';
import { customResource } from './deployment/custom-resource.ts';
import { firstTicks } from './deployment/first-ticks.ts';
import { removedTokens, tokenCleanup } from './deployment/token-cleanup.ts';
import { clientConfig, once } from './edges/aws.ts';

const ssm = new SSMClient(clientConfig);
// A tick is waited for, up to the minute it may take.
const requestHandler = { ...clientConfig.requestHandler, requestTimeout: 65_000 };
const lambda = once(() => new LambdaClient({ ...clientConfig, requestHandler }));

export const handler = customResource({
  'Custom::TokenCleanup': (event) => tokenCleanup(event, ssm),
  'Custom::RemovedTokens': (event) => removedTokens(event, { ssm, wait: (ms) => wait(ms) }),
  'Custom::FirstTicks': (event) => firstTicks(event, { ssm, lambda, now: Date.now, wait: (ms) => wait(ms) }),
});
