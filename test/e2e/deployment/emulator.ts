import { join } from 'node:path';
import { freePort, type RunningServer, startServer } from '../child.ts';

export interface Emulator {
  readonly server: RunningServer;
  /** What CDK, the SDK and the command line need to talk to it instead of AWS. */
  readonly environment: Readonly<Record<string, string>>;
}

/** MiniStack on a loopback port, everything it writes below `directory`. */
export const startEmulator = async (venv: string, directory: string): Promise<Emulator> => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const region = 'eu-central-1';
  // The CDK CLI keeps accounts by access key id in HOME: both are this run's own.
  const home = { HOME: directory, TMPDIR: directory };
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
    environment: {
      ...home,
      AWS_ENDPOINT_URL: url,
      AWS_ACCESS_KEY_ID: '000000000000',
      AWS_SECRET_ACCESS_KEY: 'unused',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    },
  };
};
