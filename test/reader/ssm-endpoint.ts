import type { Parameter } from '@aws-sdk/client-ssm';
import { listen } from './http-server.ts';

/**
 * SSM's GetParameter and GetParameters on loopback, in AWS JSON 1.1, for clients of any language.
 * `environment` points them there.
 */
export const startSsmEndpoint = async (parameters: Pick<ReadonlyMap<string, Parameter>, 'get' | 'has'>) => {
  const server = await listen(({ headers, body }, response) => {
    const action = String(headers['x-amz-target']).replace('AmazonSSM.', '');
    const input = JSON.parse(body) as { Name?: string; Names?: string[]; WithDecryption?: boolean };
    const answer = (status: number, content: unknown) =>
      response
        .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(content));
    const find = (name: string) => {
      const parameter = parameters.get(name);
      if (parameter?.Type !== 'SecureString' || input.WithDecryption) return parameter;
      return { ...parameter, Value: 'encrypted' };
    };
    if (action === 'GetParameters') {
      const names = input.Names ?? [];
      return answer(200, {
        Parameters: names.flatMap((name) => find(name) ?? []),
        InvalidParameters: names.filter((name) => !parameters.has(name)),
      });
    }
    const parameter = find(input.Name ?? '');
    if (action !== 'GetParameter' || parameter === undefined) {
      return answer(400, { __type: action === 'GetParameter' ? 'ParameterNotFound' : 'UnknownOperation' });
    }
    return answer(200, { Parameter: parameter });
  });
  return {
    ...server,
    environment: {
      AWS_ENDPOINT_URL_SSM: server.origin,
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
};
