import { SSMClient } from '@aws-sdk/client-ssm';
import { boardHandler } from './board/board-handler.ts';
import { clientConfig } from './edges/aws.ts';
import { ConfigurationError } from './errors.ts';

const prefix = process.env['PREFIX'];
if (!prefix) {
  throw new ConfigurationError(
    'the environment variable PREFIX is missing: deploy this function with its construct',
  );
}

export const handler = boardHandler({
  ssm: new SSMClient(clientConfig),
  prefix,
  now: Date.now,
  // An endpoint of one's own has no pages in the AWS console.
  console: process.env['AWS_ENDPOINT_URL'] === undefined,
});
