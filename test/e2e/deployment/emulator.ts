import { join } from 'node:path';
import { freePort, type RunningServer, startServer } from '../child.ts';

export interface Emulator {
  readonly server: RunningServer;
  /** How often it has invoked a connection's function by itself: its schedule, or the rule on its secret. */
  readonly fired: (connection: string) => number;
  /** What CDK, the SDK and the command line need to talk to it instead of AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** The same for a client of the SDK. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Asks a service of which this project has no SDK client. Answers the body. */
  readonly ask: (service: string, headers: Readonly<Record<string, string>>, body: string) => Promise<string>;
}

export const ACCOUNT = '000000000000';

/** MiniStack on a loopback port, everything it writes below `directory`. */
export const startEmulator = async (venv: string, directory: string): Promise<Emulator> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const region = 'eu-central-1';
  // The CDK CLI keeps accounts by access key id in HOME: both are this run's own.
  const home = { HOME: directory, TMPDIR: directory };
  const credentials = { accessKeyId: ACCOUNT, secretAccessKey: 'unused' };
  const server = await startServer(join(venv, 'bin', 'ministack'), [], {
    cwd: directory,
    inherit: false,
    env: {
      ...home,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      MINISTACK_REGION: region,
      STATE_DIR: join(directory, 'state'),
    },
    ready: async () => (await fetch(`${url}/_ministack/health`)).ok,
  });
  return {
    server,
    fired: (connection) =>
      server.output().split(`EventBridge → Lambda token-refresher-${connection}: dispatched`).length - 1,
    environment: {
      ...home,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    },
    client: { endpoint: url, region, credentials },
    ask: async (service, headers, body) => {
      const scope = `${ACCOUNT}/20300101/${region}/${service}/aws4_request`;
      const authorization = `AWS4-HMAC-SHA256 Credential=${scope}`;
      const response = await fetch(url, { method: 'POST', headers: { ...headers, authorization }, body });
      return response.text();
    },
  };
};
