import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Answer } from '../../functions/event.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import { serveBoard } from '../../infra/local/board.ts';
import { parseFault } from '../../infra/local/faults.ts';
import { type Sandbox, type SandboxProps, startSandbox } from '../../infra/local/sandbox.ts';
import { useAssembly } from './assembly-fixture.ts';

vi.setConfig({ testTimeout: 60_000 });

const assembly = useAssembly();
const open: Sandbox[] = [];
const start = async (props: Partial<SandboxProps> = {}) => {
  const sandbox = await startSandbox({ assemblyDirectory: assembly.directory, ...props });
  open.push(sandbox);
  return sandbox;
};
afterEach(() => Promise.all(open.splice(0).map((sandbox) => sandbox.close())));

const tick = async (sandbox: Sandbox, connection: string) => {
  const { payload, functionError } = await sandbox.invoke(connection, { action: 'tick' });
  return {
    functionError,
    answer: JSON.parse(payload) as Answer & { errorType?: string; errorMessage?: string },
  };
};

/** Operations of the functions, by connection. */
const operations = ({ calls }: Sandbox, connection: string, from = 0) =>
  calls
    .slice(from)
    .filter(({ caller }) => caller.endsWith(`-${connection}`))
    .map(({ operation }) => operation);

const tokenIn = ({ aws }: Sandbox, connection: string) =>
  aws?.parameters.get(`/token-refresher/tokens/${connection}`).version;

describe('the stack on this machine', () => {
  it('stores exactly the tokens the providers issued, then leaves them alone', async () => {
    const sandbox = await start();
    const clientCredentials = sandbox.connections.filter(({ provider }) => provider !== 'uae-pass');
    expect(clientCredentials.length).toBeGreaterThanOrEqual(5);

    for (const { connection } of clientCredentials) {
      expect(await tick(sandbox, connection)).toMatchObject({
        functionError: null,
        answer: { connection, outcome: 'refreshed', state: 'fresh', tokenVersion: 1 },
      });
      const [issued, ...more] = sandbox.providers.issued().filter((token) => token.connection === connection);
      expect(more).toEqual([]);
      expect(tokenIn(sandbox, connection)).toMatchObject({
        value: issued?.access_token,
        type: 'SecureString',
      });
      expect(operations(sandbox, connection)).toEqual([
        'GetParameters',
        'GetSecretValue',
        'PutParameter',
        'PutParameter',
      ]);
    }

    const [asked, called] = [sandbox.providers.requests.length, sandbox.calls.length];
    for (const { connection } of clientCredentials) {
      expect((await tick(sandbox, connection)).answer).toMatchObject({ outcome: 'fresh', tokenVersion: 1 });
      expect(operations(sandbox, connection, called)).toEqual(['GetParameters']);
    }
    expect(sandbox.providers.requests).toHaveLength(asked);
  });

  it('waits for a person at UAE PASS, without a token request', async () => {
    const sandbox = await start({ only: ['uae-pass'] });
    expect((await tick(sandbox, 'uae-pass')).answer).toMatchObject({ outcome: 'reauthorization-required' });
    expect(sandbox.providers.requests).toEqual([]);
    expect(operations(sandbox, 'uae-pass')).not.toContain('GetSecretValue');
  });

  it('writes the status a reader and the config an operator needs', async () => {
    const sandbox = await start({ only: ['uqudo'], speed: 60 });
    await tick(sandbox, 'uqudo');
    const status = (await sandbox.statuses()).get('uqudo');
    expect(status).toMatchObject({ state: 'fresh', tokenVersion: 1 });
    const lifetime = Date.parse(status?.expiresAt ?? '') - Date.parse(status?.issuedAt ?? '');
    expect(lifetime).toBeGreaterThan(28_000);
    expect(lifetime).toBeLessThanOrEqual(30_000);
    const config = sandbox.aws?.parameters.get('/token-refresher/config/uqudo').version.value ?? '';
    expect(JSON.parse(config)).toMatchObject({
      functionName: 'token-refresher-uqudo',
      lifetimeSeconds: 30,
      renewBeforeSeconds: 15,
      tickSeconds: 1,
      safeCacheSeconds: 13,
    });
  });

  it('is reached by other processes: parameters with the SDK, functions with Invoke', async () => {
    const sandbox = await start({ only: ['uqudo'] });
    const config = {
      endpoint: sandbox.environment['AWS_ENDPOINT_URL'] ?? '',
      region: sandbox.environment['AWS_REGION'] ?? '',
      credentials: { accessKeyId: 'somebody', secretAccessKey: 'else' },
    };
    const lambda = new LambdaClient(config);
    const ssm = new SSMClient(config);
    const invoked = await lambda.send(
      new InvokeCommand({
        FunctionName: 'token-refresher-uqudo',
        Payload: Buffer.from('{"action":"refresh","force":true,"reason":"a test"}'),
      }),
    );
    expect(JSON.parse(Buffer.from(invoked.Payload ?? []).toString())).toMatchObject({ outcome: 'refreshed' });
    const read = await ssm.send(
      new GetParameterCommand({ Name: '/token-refresher/tokens/uqudo', WithDecryption: true }),
    );
    expect(read.Parameter?.Value).toBe(sandbox.providers.issued()[0]?.access_token);
    lambda.destroy();
    ssm.destroy();
  });

  it('lets a function do what its role allows and nothing else', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
    cpSync(assembly.directory, directory, { recursive: true });
    const file = join(directory, 'token-refresher-dev.template.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"kms:Encrypt",', ''));
    const sandbox = await start({ only: ['uqudo'], assemblyDirectory: directory });
    const { answer } = await tick(sandbox, 'uqudo');
    rmSync(directory, { recursive: true });
    expect(answer.errorMessage).toContain('AccessDeniedException');
    expect(answer.errorMessage).toContain('kms:Encrypt');
    expect(() => tokenIn(sandbox, 'uqudo')).toThrow();
  });

  it('tells the command line the prefix of a stage that has another', async () => {
    expect((await start({ only: ['uqudo'] })).environment).not.toHaveProperty('TOKEN_REFRESHER_PREFIX');
    const directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
    cpSync(assembly.directory, directory, { recursive: true });
    const file = join(directory, 'token-refresher-dev.template.json');
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('/token-refresher/', '/team/b/'));
    const { environment } = await start({ only: ['uqudo'], assemblyDirectory: directory });
    rmSync(directory, { recursive: true });
    expect(environment).toMatchObject({ TOKEN_REFRESHER_PREFIX: '/team/b' });
  });

  it('refreshes when a secret has a new value, without waiting for a tick', async () => {
    const sandbox = await start({ only: ['uqudo'] });
    const { secretArn } = sandbox.connections[0] ?? { secretArn: '' };
    const value = sandbox.aws?.secrets.get(secretArn, null, null).version.value ?? {};
    const put = (change: object) => {
      const text = JSON.stringify({ ...JSON.parse(value.SecretString ?? ''), ...change });
      sandbox.aws?.secrets.put(secretArn, { value: { SecretString: text }, token: randomUUID() }, Date.now());
    };
    put({ note: 'the same credentials again' });
    await expect.poll(() => sandbox.providers.issued().length, { timeout: 50_000 }).toBe(1);
  });

  it('shows the board on a page whose buttons refresh', async () => {
    const sandbox = await start({ only: ['uqudo'] });
    const page = await serveBoard(sandbox);
    const url = page?.url ?? '';
    expect(await (await fetch(`${url}/board`)).text()).toContain('uqudo');
    const pressed = await fetch(`${url}/invoke`, {
      method: 'POST',
      headers: { origin: url },
      body: JSON.stringify({
        endpoint: 'arn:aws:lambda:eu-central-1:000000000000:function:token-refresher-uqudo',
        payload: { action: 'refresh', force: true },
      }),
    });
    expect(await pressed.json()).toMatchObject({ outcome: 'refreshed' });
    await page?.close();
  });

  it('goes on from the state of an earlier run', async () => {
    const first = await start({ only: ['uqudo'] });
    await tick(first, 'uqudo');
    const state = JSON.parse(JSON.stringify(first.aws?.state()));
    const second = await start({ only: ['uqudo'], state });
    expect((await tick(second, 'uqudo')).answer).toMatchObject({ outcome: 'fresh', tokenVersion: 1 });
    await second.invoke('uqudo', { action: 'refresh', force: true });
    expect(tokenIn(second, 'uqudo')).toMatchObject({
      version: 2,
      value: second.providers.issued()[0]?.access_token,
    });
  });

  it('renews by its schedules, faster with the speed', async () => {
    const ticked: string[] = [];
    const sandbox = await start({ only: ['uqudo'], speed: 300, onTick: (name) => ticked.push(name) });
    sandbox.startSchedules();
    // A lifetime of 6 s is renewed at half of it.
    await expect.poll(() => sandbox.providers.issued().length, { timeout: 50_000 }).toBeGreaterThan(1);
    await sandbox.stopSchedules();
    expect(ticked.length).toBeGreaterThan(2);
    expect(tokenIn(sandbox, 'uqudo')?.value).toBe(sandbox.providers.issued().at(-1)?.access_token);
  });

  it('names the connections where one is not known', async () => {
    await expect(start({ only: ['nobody'] })).rejects.toThrow('known are uqudo, uae-pass');
    await expect(start({ faults: [parseFault('nobody=outage')] })).rejects.toThrow('known are uqudo');
    const sandbox = await start({ only: ['uqudo'] });
    await expect(sandbox.invoke('igni-acme', {})).rejects.toThrow('known are uqudo');
  });
});

describe('faults', () => {
  it.each([
    ['outage', 'provider_unavailable'],
    ['reset', 'connection_lost'],
    ['html', 'not_a_token_response'],
    ['garbage', 'not_a_token_response'],
    ['redirect', 'redirected'],
    ['bomb', 'response_too_large'],
    ['rejected', 'credentials_rejected'],
    ['429:120', 'rate_limited'],
  ])('of a provider (%s) fail the tick as %s and store no token', async (fault, code) => {
    const sandbox = await start({ only: ['uqudo'], faults: [parseFault(`uqudo=${fault}`)] });
    expect((await tick(sandbox, 'uqudo')).functionError).toBe('Unhandled');
    expect((await sandbox.statuses()).get('uqudo')).toMatchObject({
      tokenVersion: null,
      failures: { consecutive: 1, error: { code } },
    });
    expect(() => tokenIn(sandbox, 'uqudo')).toThrow();
    expect(sandbox.providers.requests.every(({ host }) => host === 'auth.uqudo.io')).toBe(true);
  });

  it('crash after the token write: the function dies, and the next tick heals', async () => {
    const sandbox = await start({ only: ['uqudo'], faults: [parseFault('ssm=crash')] });
    const crashed = await tick(sandbox, 'uqudo');
    expect(crashed.answer.errorType).toBe('Runtime.ExitError');
    expect(tokenIn(sandbox, 'uqudo')?.version).toBe(1);
    expect((await sandbox.statuses()).get('uqudo')).toBeNull();
    expect((await tick(sandbox, 'uqudo')).answer).toMatchObject({ state: 'fresh' });
    expect(tokenIn(sandbox, 'uqudo')?.value).toBe(sandbox.providers.issued().at(-1)?.access_token);
  });

  it('of AWS hit the functions and not the person who watches', async () => {
    const sandbox = await start({ only: ['uqudo'], faults: [parseFault('ssm=denied')] });
    expect((await tick(sandbox, 'uqudo')).functionError).toBe('Unhandled');
    expect((await sandbox.statuses()).get('uqudo')).toBeNull();
    expect(sandbox.calls.filter(({ outcome }) => outcome === 'AccessDeniedException')).not.toEqual([]);
  });
});

describe('an endpoint of the user', () => {
  it('gets parameters and secrets, and keeps what it had when the sandbox goes', async () => {
    const own = await startAwsEndpoint({ place: { region: 'eu-central-1', account: '123456789012' } });
    const { arn } = own.secrets.create({ name: 'token-refresher/uqudo' }, Date.now());
    own.parameters.put({ name: '/mine', value: 'x', type: 'String' }, Date.now());

    const sandbox = await start({ only: ['uqudo', 'igni-acme'], awsEndpointUrl: own.url });
    expect(sandbox.aws).toBeNull();
    for (const connection of ['uqudo', 'igni-acme']) {
      expect((await tick(sandbox, connection)).answer).toMatchObject({ outcome: 'refreshed' });
    }
    expect(own.parameters.get('/token-refresher/tokens/uqudo').version).toMatchObject({
      value: sandbox.providers.issued()[0]?.access_token,
      keyId: 'alias/aws/ssm',
    });
    await sandbox.close();
    expect(own.parameters.all().map(({ name }) => name)).toEqual(['/mine']);
    expect(own.secrets.all().map((secret) => secret.arn)).toEqual([arn]);
    await own.close();
  });

  it('that does not answer is told', async () => {
    await expect(start({ awsEndpointUrl: 'http://127.0.0.1:1' })).rejects.toThrow(
      /^AWS_ENDPOINT_URL is http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*\. Start that endpoint, or unset the variable$/,
    );
  });
});
