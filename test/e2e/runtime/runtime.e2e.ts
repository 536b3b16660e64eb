import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CreateSecretCommand } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../../functions/event.ts';
import { parseStatus } from '../../../functions/status.ts';
import { bundle } from '../../../infra/bundle.ts';
import { type AwsEndpoint, startAwsEndpoint } from '../../../infra/local/aws/server.ts';
import { CONNECTION } from '../../connection.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.ts';
import { against } from '../against.ts';
import { type RunningServer, startServer, temporaryDirectory } from '../child.ts';
import { type Clients, clientsFor } from '../conformance/clients.ts';
import { installRuntime, RUNTIME, runtimeVersion } from './install-runtime.ts';
import { type Posted, type RuntimeApi, startRuntimeApi } from './runtime-api.ts';

const installed = await installRuntime();
against(`${RUNTIME} ${runtimeVersion()} on Node ${process.versions.node}`, installed);

const client = {
  client_id: 'app',
  client_secret: 's+e%c r',
  token_endpoint_auth_method: 'client_secret_basic',
} as const;
const directory = temporaryDirectory('runtime');
let authorizationServer: AuthorizationServer;
/** Takes requests and never answers. */
let silent: Server;
let aws: AwsEndpoint;
let clients: Clients;
let api: RuntimeApi;
let runtime: RunningServer;

beforeAll(async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  bundle(directory.path);
  authorizationServer = await startAuthorizationServer([client], 1800);
  silent = createServer(() => undefined).listen(0, '127.0.0.1');
  await once(silent, 'listening');
});
afterAll(async () => {
  await authorizationServer.close();
  silent.closeAllConnections();
  silent.close();
  directory.remove();
});

const start = async (
  tokenEndpoint: string,
  secret: object = client,
  environment: Record<string, string> = {},
) => {
  if ('missing' in installed) throw new Error('unreachable: the test is skipped');
  const settings = {
    tokenEndpoint,
    clientAuthentication: 'client_secret_basic',
    encoding: 'rfc6749',
    lifetimeSeconds: 1800,
  };
  const { ARN: secretArn = '' } = await clients.secrets.send(
    new CreateSecretCommand({ Name: `credentials/${randomUUID()}`, SecretString: JSON.stringify(secret) }),
  );
  const connection = { ...CONNECTION, provider: 'oauth2', settings, secretArn, keyArn: null };
  runtime = await startServer(
    process.execPath,
    [join(installed.directory, 'node_modules', RUNTIME, 'index.mjs'), 'refresh.handler'],
    {
      cwd: directory.path,
      inherit: false,
      env: {
        AWS_LAMBDA_RUNTIME_API: api.address,
        AWS_LAMBDA_FUNCTION_NAME: 'token-refresher-uqudo',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
        AWS_LAMBDA_LOG_FORMAT: 'JSON',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/token-refresher-uqudo',
        AWS_LAMBDA_LOG_STREAM_NAME: 'proof',
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'AKIATEST',
        AWS_SECRET_ACCESS_KEY: 'unused',
        AWS_ENDPOINT_URL: aws.url,
        LAMBDA_TASK_ROOT: directory.path,
        _HANDLER: 'refresh.handler',
        POWERTOOLS_SERVICE_NAME: 'token-refresher',
        CONNECTION: JSON.stringify(connection),
        ...environment,
      },
      ready: async () => true,
    },
  );
};
const silentEndpoint = () => `http://127.0.0.1:${(silent.address() as AddressInfo).port}/token`;
const invoke = (event: object, timeoutMs = 60_000): Promise<Posted> =>
  Promise.race([
    api.invoke(event, timeoutMs),
    runtime.ended.then(() => Promise.reject(new Error(`the runtime ended:\n${runtime.output()}`))),
  ]);
const stored = async () => {
  const { tokenParameter, statusParameter } = CONNECTION;
  const Names = [tokenParameter, statusParameter];
  const { Parameters } = await clients.ssm.send(new GetParametersCommand({ Names, WithDecryption: true }));
  const status = Parameters?.find(({ Name }) => Name === statusParameter)?.Value;
  return {
    token: Parameters?.find(({ Name }) => Name === tokenParameter)?.Version ?? null,
    status: status === undefined ? null : parseStatus(status),
  };
};
beforeEach(async () => {
  aws = await startAwsEndpoint({ place: { region: 'eu-central-1', account: '123456789012' } });
  clients = clientsFor(aws.url);
  api = await startRuntimeApi('token-refresher-uqudo');
});
afterEach(async () => {
  await runtime?.stop();
  await api.close();
  await aws.close();
});

describe('the bundle in Lambda’s own runtime', () => {
  it('is found, loads and refreshes when cold', async () => {
    await start(authorizationServer.tokenEndpoint);
    const cold = await invoke({});
    expect(cold).toMatchObject({
      kind: 'response',
      body: { connection: 'uqudo', outcome: 'refreshed', state: 'fresh', tokenVersion: 1 },
    });
    expect(await stored()).toMatchObject({ token: 1, status: { state: 'fresh', tokenVersion: 1 } });
  });

  it('is quiet when warm, in the same process', async () => {
    await start(authorizationServer.tokenEndpoint);
    const issued = authorizationServer.issuedTo.length;
    const answers = [await invoke({}), await invoke({ action: 'tick' })];
    expect(answers.map(({ body }) => (body as Answer).outcome)).toEqual(['refreshed', 'fresh']);
    expect(authorizationServer.issuedTo).toHaveLength(issued + 1);
    const ids = answers.map(({ body }) => (body as Answer).requestId);
    expect(new Set(ids).size).toBe(2);
    expect(coldStarts()).toEqual([true, false]);
  });

  it('answers ops, and a forced refresh writes the next version', async () => {
    await start(authorizationServer.tokenEndpoint);
    await invoke({});
    const forced = await invoke({ action: 'refresh', force: true, reason: 'proof' });
    expect(forced.body).toMatchObject({ outcome: 'refreshed', tokenVersion: 2, reason: 'refreshed' });
    const paused = await invoke({ action: 'pause', until: '2100-01-01T00:00:00Z' });
    expect(paused.body).toMatchObject({ outcome: 'paused', state: 'paused' });
    expect((await invoke({})).body).toMatchObject({ outcome: 'paused' });
  });
});

describe('a failure in Lambda’s own runtime', () => {
  it('of a tick fails the invocation with its code, after it is in the status, and the process lives on', async () => {
    await start(authorizationServer.tokenEndpoint, { ...client, client_secret: 'mistyped-secret' });
    const failed = await invoke({});
    expect(failed).toMatchObject({
      kind: 'error',
      body: { errorType: 'RefreshError', errorMessage: expect.stringContaining('rejected the credentials') },
    });
    expect(await stored()).toMatchObject({
      token: null,
      status: {
        state: 'blocked',
        failures: { consecutive: 1, error: { code: 'credentials_rejected', status: 401 } },
      },
    });
    expect(JSON.stringify(failed.body) + runtime.output()).not.toContain('mistyped-secret');
    expect(await invoke({ action: 'status' })).toMatchObject({
      kind: 'response',
      body: { state: 'blocked' },
    });
  });

  it('of an ops action is its answer', async () => {
    await start(authorizationServer.tokenEndpoint, { ...client, client_secret: 'mistyped-secret' });
    const answer = await invoke({ action: 'refresh', force: true, reason: 'proof' });
    expect(answer).toMatchObject({ kind: 'response', body: { outcome: 'blocked', state: 'blocked' } });
  });

  it('to load is an init error that names what is missing', async () => {
    await start(authorizationServer.tokenEndpoint, client, { CONNECTION: '' });
    expect((await api.initError).body).toMatchObject({
      errorType: 'ConfigurationError',
      errorMessage: expect.stringContaining('CONNECTION is missing'),
    });
  });
});

describe('a timeout in Lambda’s own runtime', () => {
  it('is noticed before the deadline, written to the status, and the next invocation finds the process well', async () => {
    await start(silentEndpoint());
    // Fifteen seconds of it are kept back to write the status (functions/deadline.ts).
    const timeoutMs = 17_000;
    const late = await invoke({}, timeoutMs);
    expect(late).toMatchObject({
      kind: 'error',
      body: { errorType: 'RefreshError', errorMessage: 'the token endpoint did not answer in time' },
    });
    expect(late.afterMs).toBeLessThan(timeoutMs);
    expect(await stored()).toMatchObject({
      token: null,
      status: { state: 'failing', failures: { consecutive: 1, error: { code: 'timed_out' } } },
    });
    expect(await invoke({ action: 'status' })).toMatchObject({
      kind: 'response',
      body: { state: 'failing' },
    });
  });

  it('that kills the process, as Lambda does, leaves nothing that the next one cannot mend', async () => {
    await start(silentEndpoint());
    await Promise.race([api.invoke({}, 60_000), wait(1500)]);
    await runtime.stop();
    await start(authorizationServer.tokenEndpoint);
    expect(await invoke({})).toMatchObject({
      kind: 'response',
      body: { outcome: 'refreshed' },
    });
    expect(await stored()).toMatchObject({ token: 1, status: { tokenVersion: 1 } });
  });
});

/** Of every log line that tells, in order: whether the process was cold. */
const coldStarts = () =>
  runtime
    .output()
    .split('\n')
    .filter((line) => line.includes('"cold_start"'))
    .map((line) => (JSON.parse(line) as { cold_start: boolean }).cold_start);
