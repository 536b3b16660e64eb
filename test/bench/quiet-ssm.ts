import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { initialStatus, serializeStatus } from '../../functions/status.ts';
import { CONNECTION } from '../connection.ts';

/** An AWS endpoint on loopback with nothing to do: it answers any call with the parameters of a fresh connection. */
export interface QuietSsm {
  /** The environment of a process that runs a bundle against it, as Lambda would set it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly calls: () => number;
  readonly close: () => void;
}

export const quietSsm = async (): Promise<QuietSsm> => {
  const inAnHour = new Date(Date.now() + 3_600_000).toISOString();
  const status = serializeStatus({
    ...initialStatus(CONNECTION.connection, CONNECTION.provider),
    state: 'fresh',
    tokenVersion: 1,
    expiresAt: inAnHour,
    renewAt: inAnHour,
  });
  const answer = JSON.stringify({
    Parameters: [
      { Name: CONNECTION.statusParameter, Value: status, Version: 1 },
      { Name: CONNECTION.tokenParameter, Value: 'ciphertext', Version: 1 },
    ],
  });
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    env: {
      PATH: process.env['PATH'],
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: 'benchmark',
      AWS_SECRET_ACCESS_KEY: 'benchmark',
      CONNECTION: JSON.stringify(CONNECTION),
    },
    calls: () => calls,
    close: () => server.close(),
  };
};
