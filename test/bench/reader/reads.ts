import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SSMClient } from '@aws-sdk/client-ssm';
import { Bench } from 'tinybench';
import { type Contender, middySsm, plainForever, plainUncached, powertools, reader } from './contenders.ts';

const KEPT: readonly Contender[] = [reader, powertools, middySsm, plainForever];
const READS = 1_000;
/** The safe cache time of uqudo: nobody reads anew during the measurement. */
const MAX_AGE_SECONDS = 780;

/** Nanoseconds per cached read, and of one read that goes to an SSM endpoint on loopback, by contender. */
export const measureReads = async (): Promise<ReadonlyMap<string, number>> => {
  const server = createServer((request, response) => {
    request.resume();
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
    const token = { Name: '/token-refresher/tokens/uqudo', Value: 'token', Version: 1 };
    const status = {
      Name: '/token-refresher/status/uqudo',
      Value: JSON.stringify({ tokenVersion: 1, expiresAt }),
    };
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.end(JSON.stringify({ Parameter: token, Parameters: [token, status] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new SSMClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    credentials: { accessKeyId: 'benchmark', secretAccessKey: 'benchmark' },
  });
  try {
    const bench = new Bench({ time: 1_000, warmupTime: 200 });
    for (const { name, start } of KEPT) {
      const read = start(client, MAX_AGE_SECONDS);
      if ((await read()) !== 'token') throw new Error(`${name} reads no token`);
      bench.add(name, async () => {
        for (let i = 0; i < READS; i += 1) await read();
      });
    }
    const uncached = plainUncached.start(client);
    bench.add(plainUncached.name, async () => {
      await uncached();
    });
    await bench.run();
    return new Map(
      bench.tasks.map(({ name, result }) => {
        if (!('latency' in result)) throw new Error(`${name} was not measured`);
        return [name, (result.latency.p50 * 1e6) / (name === plainUncached.name ? 1 : READS)];
      }),
    );
  } finally {
    client.destroy();
    server.close();
  }
};
