import { startAwsEndpoint } from '../../infra/local/aws/server.ts';

/** The sandbox's SSM on loopback, for clients of any language. `environment` points them there. */
export const startSsm = async () => {
  let reads = 0;
  const { url, parameters, close } = await startAwsEndpoint({
    place: { region: 'eu-central-1', account: '000000000000' },
    onCall: ({ operation }) => {
      if (operation.startsWith('GetParameter')) reads += 1;
    },
  });
  return {
    close,
    reads: () => reads,
    /** Writes a connection's token, the first or a newer one. */
    write(connection: string, token: string): void {
      const name = `/token-refresher/tokens/${connection}`;
      parameters.put({ name, value: token, type: 'SecureString', overwrite: true }, 0);
    },
    environment: {
      AWS_ENDPOINT_URL_SSM: url,
      AWS_REGION: 'eu-central-1',
      AWS_DEFAULT_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  };
};
