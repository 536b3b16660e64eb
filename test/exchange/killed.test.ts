import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExchangeAnswer } from '../../functions/exchange-event.ts';
import { bundle } from '../../infra/bundle.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import { type LambdaProcess, startLambdaProcess } from '../../infra/local/lambda-process.ts';
import { createProviders, simulatedClient } from '../../infra/local/providers/providers.ts';
import { type ProvidersServer, serveProviders } from '../../infra/local/providers/server.ts';
import { REDIRECT_URI, UAE_PASS } from './world.ts';

const place = { region: 'eu-west-1', account: '000000000000' };
const credentials = { client_id: 'the-client', client_secret: 'the-secret' };
const aws = { accessKeyId: 'AKIATEST', secretAccessKey: 'unused' };

const directory = mkdtempSync(join(tmpdir(), 'exchange-'));
beforeAll(() => bundle(directory));
afterAll(() => rmSync(directory, { recursive: true }));

/** Where a process is killed: at the nth request it makes, before it has an effect or before its answer arrives. */
interface Kill {
  readonly at: number;
  readonly when: 'before' | 'after';
}

/** The bundle in a process of its own, between an AWS endpoint and a simulated UAE PASS that kill it. */
const stage = async (kill: Kill | null) => {
  let victim: LambdaProcess | null = null;
  let requests = 0;
  const reached = (): 'before' | 'after' | null => {
    requests += 1;
    return victim !== null && requests === kill?.at ? kill.when : null;
  };
  const closers: (() => Promise<unknown>)[] = [];

  const endpoint = await startAwsEndpoint({ place });
  closers.push(endpoint.close);
  endpoint.secrets.create({ name: 'uae-pass' }, Date.now());
  const secretsManager = new SecretsManagerClient({
    endpoint: endpoint.url,
    region: place.region,
    credentials: aws,
  });
  const SecretString = JSON.stringify(credentials);
  await secretsManager.send(new PutSecretValueCommand({ SecretId: 'uae-pass', SecretString }));
  secretsManager.destroy();

  const proxy = createServer((incoming, outgoing) => {
    const dies = reached();
    if (dies === 'before') {
      void victim?.close();
      return;
    }
    const target = { host: '127.0.0.1', port: new URL(endpoint.url).port, agent: false };
    const { method, url: path, headers } = incoming;
    const onward = forward({ ...target, method, path, headers }, (answer) => {
      if (dies === 'after') {
        void victim?.close();
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    const closed = new Promise((resolve) => proxy.close(resolve));
    proxy.closeAllConnections();
    await closed;
  });

  const client = simulatedClient({ ...UAE_PASS, credentials });
  const providers = createProviders({ clients: [client] });
  const server: ProvidersServer = await serveProviders({
    ...providers,
    answer: (request, now) => {
      const dies = reached();
      const answer = dies === 'before' ? 'reset' : providers.answer(request, now);
      if (dies !== null) void victim?.close();
      return answer;
    },
  });
  closers.push(server.close);

  const start = () =>
    startLambdaProcess(
      {
        name: 'exchange',
        directory,
        handler: 'exchange.handler',
        environment: { CONNECTION: JSON.stringify({ ...UAE_PASS, secretArn: 'uae-pass' }) },
        timeoutSeconds: 30,
        memoryMegabytes: 512,
      },
      {
        region: place.region,
        awsEndpointUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
        credentials: aws,
        providers: { port: server.port, certificate: server.certificate },
      },
    );
  const invoke = async (process: LambdaProcess, code: string): Promise<ExchangeAnswer | null> => {
    const { payload, functionError } = await process.invoke(
      JSON.stringify({ code, redirectUri: REDIRECT_URI }),
    );
    return functionError === null ? JSON.parse(payload) : null;
  };
  const stored = () => {
    const versions =
      endpoint.parameters.all().find(({ name }) => name === UAE_PASS.tokenParameter)?.versions ?? [];
    return versions.map(({ value }) => value);
  };
  const code = providers.codes.issue({ client_id: 'the-client', redirect_uri: REDIRECT_URI }, Date.now());

  return {
    /** Hands the code in to a process that is killed on its way. */
    handInAndDie: async () => {
      victim = start();
      const answer = await invoke(victim, code);
      await victim.close();
      victim = null;
      return answer;
    },
    handIn: async () => {
      const process = start();
      const answer = await invoke(process, code);
      await process.close();
      return answer;
    },
    requests: () => requests,
    tokenRequests: () => providers.requests.length,
    issued: () => providers.issued(),
    stored,
    close: () => Promise.all(closers.map((close) => close())),
  };
};

/** Secret and status, marker, token call, token, marker and status. */
const REQUESTS = 7;
const kills = Array.from({ length: REQUESTS }, (_, index) => index + 1).flatMap((at) =>
  (['before', 'after'] as const).map((when): Kill => ({ at, when })),
);

describe('the process of an exchange', () => {
  it(`makes ${REQUESTS} requests when nobody kills it, by the deployed bundle over TLS`, async () => {
    const s = await stage(null);
    expect(await s.handInAndDie()).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
    expect(s.requests()).toBe(REQUESTS);
    expect(s.stored()).toEqual(s.issued().map(({ access_token }) => access_token));
    await s.close();
  });

  it.each(kills)(
    'killed $when request $at, never lets the code reach UAE PASS twice, and lies in no answer',
    async (kill) => {
      const s = await stage(kill);
      expect(await s.handInAndDie()).toBeNull();
      const sentByTheDead = s.tokenRequests();
      const storedByTheDead = s.stored();
      const answer = await s.handIn();
      const again = await s.handIn();

      expect(s.tokenRequests()).toBeLessThanOrEqual(1);
      expect(s.issued().some(({ revoked }) => revoked)).toBe(false);
      expect(s.stored()).toEqual(
        s
          .issued()
          .map(({ access_token }) => access_token)
          .slice(0, s.stored().length),
      );
      switch (answer?.outcome) {
        case 'exchanged':
          expect(sentByTheDead).toBe(0);
          expect(s.stored()).toHaveLength(answer.tokenVersion ?? 0);
          break;
        case 'already-exchanged':
          expect(storedByTheDead).toHaveLength(1);
          expect(answer.tokenVersion).toBe(1);
          break;
        default:
          expect(answer?.outcome).toBe('code-spent');
      }
      if (answer?.expiresAt) {
        const [token] = s.issued();
        expect(Date.parse(answer.expiresAt)).toBeLessThanOrEqual(token?.expiresAt ?? 0);
        expect(again).toMatchObject({ outcome: 'already-exchanged', expiresAt: answer.expiresAt });
      } else {
        expect(again).toEqual({ ...answer, requestId: again?.requestId });
      }
      await s.close();
    },
  );
});
