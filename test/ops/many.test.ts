import { setImmediate } from 'node:timers/promises';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it, vi } from 'vitest';
import { place, useEndpoint } from '../local/aws/endpoint.ts';
import { FRESH, NOW, UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const { used } = useEndpoint();
const NAMES = [...'abcdefghijkl'].map((letter) => `connection-${letter}`);

beforeEach(async () => {
  vi.stubEnv('AWS_ENDPOINT_URL', used.endpoint.url);
  vi.stubEnv('AWS_REGION', place.region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
  const put = (Name: string, value: unknown) =>
    used.ssm.send(
      new PutParameterCommand({ Name, Value: JSON.stringify(value), Type: 'String', Overwrite: true }),
    );
  for (const name of NAMES) {
    const { connection, ...config } = { ...UQUDO, statusParameter: `/token-refresher/status/${name}` };
    await put(`/token-refresher/config/${name}`, config);
    await put(config.statusParameter, FRESH);
  }
  return () => vi.unstubAllEnvs();
});

it('shows more connections than Parameter Store answers of in one call', async () => {
  const { code, out, err } = await ops(['status', '--json'], { now: () => NOW });
  expect([code, err]).toEqual([0, '']);
  const shown: { connection: string; verdict: string }[] = JSON.parse(out);
  expect(shown.map(({ connection, verdict }) => [connection, verdict])).toEqual(
    NAMES.map((name) => [name, 'fresh']),
  );
});

it.each([['refresh', '--all'], ['verify']])(
  'runs five functions at a time, to leave the concurrency of the account to others: %s',
  async (...args) => {
    let running = 0;
    let most = 0;
    const { connection } = UQUDO;
    const answer = { connection, outcome: 'fresh', state: 'fresh', reason: 'fresh', expiresAt: null };
    const lambda = mockClient(LambdaClient);
    lambda.on(InvokeCommand).callsFake(async () => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      return { Payload: { transformToString: () => JSON.stringify(answer) } };
    });
    expect(await ops(args)).toMatchObject({ code: 0, err: '' });
    expect(lambda.calls()).toHaveLength(NAMES.length);
    expect(most).toBe(5);
    lambda.restore();
  },
);
