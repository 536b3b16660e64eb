import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  SSMClient,
} from '@aws-sdk/client-ssm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ConnectionConfig } from '../../../functions/connection.ts';
import type { Answer } from '../../../functions/event.ts';
import { parseStatus, type Status } from '../../../functions/status.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.ts';
import { against } from '../against.ts';
import { ROOT, run, temporaryDirectory } from '../child.ts';
import { installPython, pinned } from '../install.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { prepareForEmulator } from './for-emulator.ts';
import { LIFETIME_SECONDS, STACK } from './names.ts';

const basic = {
  client_id: 'basic',
  client_secret: 's+e%c r:e&t',
  token_endpoint_auth_method: 'client_secret_basic',
} as const;
const rotated = { ...basic, client_id: 'rotated', client_secret: 'another=one' };
const post = {
  client_id: 'post',
  client_secret: 'p+o%s t',
  token_endpoint_auth_method: 'client_secret_post',
} as const;

const installed = await installPython('ministack');
const directory = temporaryDirectory('deployment');
const MINUTES = 60_000;

let emulator: Emulator;
let authorizationServer: AuthorizationServer;
let ssm: SSMClient;
let secretsManager: SecretsManagerClient;
let lambda: LambdaClient;
let events: EventBridgeClient;

against(`MiniStack ${pinned('ministack', 'ministack')}`, installed);

beforeAll(async () => {
  if ('missing' in installed) return;
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  authorizationServer = await startAuthorizationServer([basic, rotated, post], LIFETIME_SECONDS);
  emulator = await startEmulator(installed.directory, directory.path);
  const client = {
    endpoint: emulator.environment['AWS_ENDPOINT_URL'] ?? '',
    region: emulator.environment['AWS_REGION'] ?? '',
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'unused' },
  };
  ssm = new SSMClient(client);
  secretsManager = new SecretsManagerClient(client);
  lambda = new LambdaClient(client);
  events = new EventBridgeClient(client);
});
afterEach(({ task }) => {
  // What the emulator said is the first thing to look at.
  if (task.result?.state === 'fail') console.log(emulator?.server.output().slice(-4000));
});
afterAll(async () => {
  await emulator?.server.stop();
  await authorizationServer?.close();
  directory.remove();
});

const cdk = (...args: string[]) => run('cdk', args, { env: emulator.environment, inherit: false });

/** Synthesizes the app, prepares it for the emulator and deploys it. */
const deploy = async (updated: boolean) => {
  const assembly = join(directory.path, updated ? 'updated' : 'first');
  const app = `node ${join(import.meta.dirname, 'app.ts')}`;
  const context = ['-c', `tokenEndpoint=${authorizationServer.tokenEndpoint}`, '-c', `updated=${updated}`];
  await cdk('synth', '--quiet', '--app', app, '--output', assembly, ...context);
  const replaced = prepareForEmulator(assembly, STACK);
  if (!updated) await cdk('bootstrap', '--app', assembly);
  await cdk('deploy', '--app', assembly, '--require-approval', 'never', '--progress', 'events');
  return { assembly, replaced };
};

const parameter = async (name: string, WithDecryption = false) => {
  try {
    return (await ssm.send(new GetParameterCommand({ Name: `/token-refresher/${name}`, WithDecryption })))
      .Parameter;
  } catch (error) {
    if (error instanceof ParameterNotFound) return undefined;
    throw error;
  }
};
const statusOf = async (connection: string): Promise<Status> => {
  const status = parseStatus((await parameter(`status/${connection}`))?.Value ?? '');
  if (status === null) throw new Error(`${connection} has no status`);
  return status;
};
const configOf = async (connection: string) =>
  JSON.parse((await parameter(`config/${connection}`))?.Value ?? '') as ConnectionConfig;
const write = async (
  connection: string,
  { client_id, client_secret }: typeof basic | typeof rotated | typeof post,
) =>
  secretsManager.send(
    new PutSecretValueCommand({
      SecretId: (await configOf(connection)).secretArn,
      SecretString: JSON.stringify({ client_id, client_secret }),
    }),
  );
const invoke = async (connection: string, event: object): Promise<Answer> => {
  const { Payload } = await lambda.send(
    new InvokeCommand({
      FunctionName: (await configOf(connection)).functionName,
      Payload: JSON.stringify(event),
    }),
  );
  return JSON.parse(Buffer.from(Payload ?? []).toString()) as Answer;
};
const names = async (tree: string) => {
  const { Parameters } = await ssm.send(
    new GetParametersByPathCommand({ Path: `/token-refresher/${tree}`, Recursive: true }),
  );
  return (Parameters ?? []).map(({ Name }) => Name).sort();
};
const ops = (args: readonly string[], input?: string) =>
  run('node', [join(ROOT, 'infra', 'ops', 'index.ts'), ...args], {
    env: emulator.environment,
    inherit: false,
    ...(input === undefined ? {} : { input }),
  });
/** The event that Secrets Manager sends by itself, as AWS documents it; nobody else may put it on the bus. */
const secretChanged = async (labelUpdated: string) => ({
  version: '0',
  id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: '000000000000',
  time: '2030-01-01T00:00:00Z',
  region: emulator.environment['AWS_REGION'],
  resources: [(await configOf('kept')).secretArn],
  detail: { name: 'token-refresher/kept', labelUpdated, versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' },
});
/** What the failure queue holds, as SQS answers it. */
const failures = async (): Promise<string> => {
  const url = emulator.environment['AWS_ENDPOINT_URL'] ?? '';
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'AmazonSQS.ReceiveMessage',
      authorization: `AWS4-HMAC-SHA256 Credential=000000000000/20300101/${emulator.environment['AWS_REGION']}/sqs/aws4_request`,
    },
    body: JSON.stringify({
      QueueUrl: `${url}/000000000000/token-refresher-failures`,
      MaxNumberOfMessages: 10,
    }),
  });
  return response.text();
};
/** How often the emulator has fired a connection's schedule. */
const ticks = (connection: string) =>
  emulator.server.output().split(`EventBridge → Lambda token-refresher-${connection}: dispatched`).length - 1;

const until = async (what: string, atMostMs: number, holds: () => Promise<boolean> | boolean) => {
  const deadline = Date.now() + atMostMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${atMostMs / 1000} s`);
    await wait(1000);
  }
};

describe('a deployment', () => {
  it('is bootstrapped and deployed by the CDK CLI, and waits for the first ticks', {
    timeout: 5 * MINUTES,
  }, async () => {
    const { replaced } = await deploy(false);
    expect([...new Set(replaced)].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::SSM::Document',
    ]);
    for (const connection of ['kept', 'removed']) {
      expect(await statusOf(connection)).toMatchObject({ state: 'awaiting-credentials', tokenVersion: null });
    }
    expect(await names('tokens')).toEqual([]);
    expect(authorizationServer.issuedTo).toEqual([]);
  });

  it('gets its first tokens by itself once the secrets are filled in', { timeout: 3 * MINUTES }, async () => {
    await write('kept', basic);
    await write('removed', post);
    await until('tokens', 2.5 * MINUTES, async () => (await names('tokens')).length === 2);
    expect(await parameter('tokens/kept', true)).toMatchObject({
      Type: 'SecureString',
      Version: 1,
      Value: expect.stringMatching(/^[\w-]{20,}$/),
    });
    const sealed = (await parameter('tokens/kept'))?.Value;
    expect(sealed).not.toBe((await parameter('tokens/kept', true))?.Value);
    expect([...authorizationServer.issuedTo].sort()).toEqual(['basic', 'post']);
    await until('statuses', MINUTES, async () => (await statusOf('kept')).state === 'fresh');
    expect(await statusOf('kept')).toMatchObject({ tokenVersion: 1, tokenType: 'Bearer' });
  });

  it('is quiet at the next tick', { timeout: 3 * MINUTES }, async () => {
    const before = await parameter('status/kept');
    const fired = ticks('kept');
    await until('a tick', 2 * MINUTES, () => ticks('kept') > fired);
    await wait(3000);
    expect((await parameter('tokens/kept'))?.Version).toBe(1);
    expect(await parameter('status/kept')).toEqual(before);
    expect(authorizationServer.issuedTo).toHaveLength(2);
  });

  it('renews with a new secret value, ahead of expiry and by itself', { timeout: 5 * MINUTES }, async () => {
    const before = await statusOf('kept');
    await write('kept', rotated);
    await until('a renewal', 4 * MINUTES, async () => (await parameter('tokens/kept'))?.Version === 2);
    await until('its status', MINUTES, async () => (await statusOf('kept')).tokenVersion === 2);
    const after = await statusOf('kept');
    expect(Date.parse(after.issuedAt ?? '')).toBeLessThan(Date.parse(before.expiresAt ?? ''));
    expect(after.secretVersion).not.toBe(before.secretVersion);
    expect(authorizationServer.issuedTo).toContain('rotated');
  });

  it('uses a new secret value at once where its event arrives', async () => {
    const { functionName } = await configOf('kept');
    const { EventPattern } = await events.send(new DescribeRuleCommand({ Name: functionName }));
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: functionName }));
    const matches = async (label: string) => {
      const Event = JSON.stringify(await secretChanged(label));
      return (await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
    };
    expect([await matches('AWSCURRENT'), await matches('AWSPENDING')]).toEqual([true, false]);

    const { VersionId } = await write('kept', basic);
    expect(Targets).toHaveLength(1);
    await invoke('kept', JSON.parse(Targets[0]?.Input ?? ''));
    expect((await statusOf('kept')).secretVersion).toBe(VersionId);
    expect(authorizationServer.issuedTo.at(-1)).toBe('basic');
    await write('kept', rotated);
  });

  it('falls back to the previous secret where a new one is wrong, and says so', async () => {
    await write('kept', { ...basic, client_secret: 'mistyped' } as unknown as typeof basic);
    const answer = await invoke('kept', { action: 'refresh', force: true, reason: 'proof' });
    expect(answer).toMatchObject({
      outcome: 'refreshed',
      reason: expect.stringContaining('AWSPREVIOUS worked'),
    });
    await write('kept', rotated);
  });
});

describe('a failed invocation', () => {
  it('ends up in the failure queue at once, as the next tick is the retry', async () => {
    const { functionName } = await configOf('kept');
    const Payload = JSON.stringify({ action: 'unheard-of' });
    await lambda.send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload }));
    await until('a message', MINUTES, async () => (await failures()).includes('unheard-of'));
  });
});

describe('the command line', () => {
  it('tells how connections stand', async () => {
    const told = JSON.parse(await ops(['status', '--json'])) as { connection: string; state: string }[];
    expect(told.map(({ connection, state }) => [connection, state])).toEqual([
      ['kept', 'fresh'],
      ['removed', 'fresh'],
    ]);
  });

  it('forces a refresh', async () => {
    const before = await statusOf('kept');
    await ops(['refresh', 'kept', '--force', '--reason', 'proof']);
    expect((await statusOf('kept')).tokenVersion).toBe((before.tokenVersion ?? 0) + 1);
  });

  it('pauses, which ticks respect, and resumes', async () => {
    await ops(['pause', 'kept', '--for', '1h', '--reason', 'proof']);
    expect((await statusOf('kept')).state).toBe('paused');
    expect(await invoke('kept', { action: 'tick' })).toMatchObject({ outcome: 'paused' });
    await ops(['resume', 'kept']);
    expect((await statusOf('kept')).state).toBe('fresh');
  });

  it('writes credentials, waits for the first refresh with them and shows none', async () => {
    const { client_id, client_secret } = basic;
    const said = await ops(['credentials', 'set', 'kept'], JSON.stringify({ client_id, client_secret }));
    expect(said).not.toContain(client_secret);
    expect(authorizationServer.issuedTo.at(-1)).toBe('basic');
  });

  it('lets a deployment pass where every connection is fresh', async () => {
    await ops(['verify', '--wait', '1m']);
  });
});

describe('a consumer', () => {
  it('reads the token that was issued last', async () => {
    const consumer = join(import.meta.dirname, 'consumer.ts');
    const read = await run('node', [consumer], { env: emulator.environment, inherit: false });
    expect(read.trim()).toBe((await statusOf('kept')).fingerprint);
  });
});

describe('an update', () => {
  it('keeps the tokens of what stays and deletes those of what goes', { timeout: 5 * MINUTES }, async () => {
    const before = await parameter('tokens/kept', true);
    await deploy(true);
    expect(await parameter('tokens/kept', true)).toEqual(before);
    expect(await names('tokens')).toEqual(['/token-refresher/tokens/kept']);
    expect(await names('status')).toEqual(['/token-refresher/status/kept']);
    expect(await names('config')).toEqual(['/token-refresher/config/kept']);
  });

  it('reaches the next token request', async () => {
    const answer = await invoke('kept', { action: 'refresh', force: true, reason: 'proof' });
    expect(answer).toMatchObject({ outcome: 'refreshed', state: 'fresh' });
    expect((await statusOf('kept')).scope).toBe('doors:open');
  });
});

describe('a deletion', () => {
  it('leaves no token and no status', { timeout: 5 * MINUTES }, async () => {
    await cdk('destroy', '--force', '--app', join(directory.path, 'updated'));
    expect(await names('tokens')).toEqual([]);
    expect(await names('status')).toEqual([]);
    expect(await names('config')).toEqual([]);
  });
});
