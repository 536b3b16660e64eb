import { LambdaClient } from '@aws-sdk/client-lambda';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll } from 'vitest';
import type { AwsCall } from '../../../infra/local/aws/request.ts';
import {
  type AwsEndpoint,
  type AwsEndpointProps,
  startAwsEndpoint,
} from '../../../infra/local/aws/server.ts';

export const place = { region: 'eu-west-1', account: '000000000000' };

/** An endpoint for one test file, with SDK clients that try once. */
export const useEndpoint = (props: Partial<AwsEndpointProps> = {}) => {
  const calls: AwsCall[] = [];
  const used = {} as {
    endpoint: AwsEndpoint;
    ssm: SSMClient;
    secrets: SecretsManagerClient;
    lambda: LambdaClient;
  };
  beforeAll(async () => {
    used.endpoint = await startAwsEndpoint({ place, onCall: (call) => calls.push(call), ...props });
    const config = {
      endpoint: used.endpoint.url,
      region: place.region,
      credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unused' },
      maxAttempts: 1,
    };
    used.ssm = new SSMClient(config);
    used.secrets = new SecretsManagerClient(config);
    used.lambda = new LambdaClient(config);
  });
  afterAll(async () => {
    for (const client of [used.ssm, used.secrets, used.lambda]) client.destroy();
    await used.endpoint.close();
  });
  return { used, calls };
};
