import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseFault } from '../../infra/local/faults.ts';
import { preloadUrl } from '../../infra/local/lambda-process.ts';
import { serveProviders } from '../../infra/local/providers/server.ts';
import { type Sandbox, type SandboxProps, startSandbox } from '../../infra/local/sandbox.ts';
import { useAssembly } from '../local/assembly-fixture.ts';
import { ops } from './terminal.ts';

const assembly = useAssembly();
let sandbox: Sandbox;
/** Runs of refresh functions that somebody asked for, from their logs. */
let asked = 0;

/** A sandbox that this process's AWS environment points to. */
const start = async (props: Partial<SandboxProps>) => {
  asked = 0;
  sandbox = await startSandbox({
    assemblyDirectory: assembly.directory,
    onLog: (_, line) => {
      if (line.includes('"action":"refresh"')) asked += 1;
    },
    ...props,
  });
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
};
beforeEach(() => {
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await sandbox.close();
});

/** Calls of the command line itself: its functions have credentials of their own. */
const ownCalls = () => sandbox.calls.filter(({ caller }) => !caller.startsWith('token-refresher-'));

const secretId = (connection: string) =>
  sandbox.connections.find((each) => each.connection === connection)?.secretArn;

const withSecrets = async <T>(use: (client: SecretsManagerClient) => Promise<T>): Promise<T> => {
  const client = new SecretsManagerClient({});
  try {
    return await use(client);
  } finally {
    client.destroy();
  }
};
const secretOf = (connection: string): Promise<string> =>
  withSecrets(async (client) => {
    const found = await client.send(new GetSecretValueCommand({ SecretId: secretId(connection) }));
    return found.SecretString ?? '';
  });
/** Waits until a run has been made that was asked for since: a changed secret asks for one by itself. */
const untilAsked = (since: number) => vi.waitUntil(() => asked > since, { timeout: 20_000, interval: 10 });
const putSecret = async (connection: string, SecretString: string) => {
  const since = asked;
  await withSecrets((client) =>
    client.send(new PutSecretValueCommand({ SecretId: secretId(connection), SecretString })),
  );
  await untilAsked(since);
};
/** Leaves a secret as the stack makes it: without any version. */
const emptySecret = (connection: string) =>
  withSecrets(async (client) => {
    const SecretId = secretId(connection);
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await client.send(new CreateSecretCommand({ Name: /:secret:(.+)-.{6}$/.exec(SecretId ?? '')?.[1] }));
  });
const setCredentials = (connection: string, stdin: string) => {
  const since = asked;
  return ops(['credentials', 'set', connection], { stdin, onWait: () => untilAsked(since) });
};
const WRONG = JSON.stringify({ client_id: 'somebody-else', client_secret: 'kX93-canary-7f' });

describe('status', () => {
  it('tells what needs attention, then that all is fresh, then that a token has expired', async () => {
    await start({ only: ['uqudo', 'igni-acme'] });
    const before = await ops(['status']);
    expect(before).toMatchObject({ code: 2, err: '' });
    expect(before.out).toMatch(/^uqudo +not run yet .* first tick +– +there is no status yet$/m);

    for (const connection of ['uqudo', 'igni-acme']) await sandbox.invoke(connection, {});
    const after = await ops(['status']);
    expect(after.code).toBe(0);
    expect(after.out).toMatch(/^uqudo +fresh +29m \d+s +1[345]m/m);
    expect(after.out).toMatch(/\n2 connections: 2 fresh\n$/);

    const late = await ops(['status', 'uqudo', '--json'], { now: () => Date.now() + 1_800_000 });
    expect(late.code).toBe(3);
    expect(JSON.parse(late.out)).toMatchObject([{ connection: 'uqudo', verdict: 'expired', expired: true }]);
  });

  it('reads config and status parameters, and nothing that takes a key', async () => {
    await start({ only: ['uqudo'] });
    await sandbox.invoke('uqudo', {});
    const from = ownCalls().length;
    await ops(['status']);
    expect(
      ownCalls()
        .slice(from)
        .map(({ operation }) => operation),
    ).toEqual(['GetParametersByPath', 'GetParameters']);
  });

  it('watches until Ctrl-C, and exits as the last look says', async () => {
    await start({ only: ['uqudo'] });
    const interrupt = new AbortController();
    let looks = 0;
    const { code, out } = await ops(['status', '--watch', '--json'], {
      interrupted: () => interrupt.signal,
      onWait: async () => {
        looks += 1;
        if (looks === 1) await sandbox.invoke('uqudo', {});
        else interrupt.abort();
      },
    });
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line)[0].state)).toEqual([null, 'fresh']);
  });

  it('goes on watching while AWS cannot be reached', async () => {
    await start({ only: ['uqudo'] });
    const interrupt = new AbortController();
    let looks = 0;
    const { code, err } = await ops(['status', '--watch'], {
      interrupted: () => interrupt.signal,
      onWait: async () => {
        looks += 1;
        if (looks === 1) await sandbox.close();
        else interrupt.abort();
      },
    });
    expect(code).toBe(2);
    expect(err).toMatch(/^error: no connection to AWS/);
  });
});

describe('refresh', () => {
  it('refreshes what is due, leaves the fresh alone and forces where told to, with the reason', async () => {
    await start({ only: ['uqudo', 'igni-acme'] });
    const first = await ops(['refresh', '--all']);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out.split('\n').sort().slice(1)).toEqual([
      expect.stringMatching(/^✔ igni-acme: refreshed; version 1; expires in 1d 23h; renews in .*h/),
      expect.stringMatching(/^✔ uqudo: refreshed; version 1; expires in 29m .*; renews in 1/),
    ]);
    const second = await ops(['refresh', 'uqudo']);
    expect(second.out).toMatch(/^✔ uqudo: fresh: renewal is due at .*Z; expires in 29m/);
    const forced = await ops(['refresh', 'uqudo', '--force', '--reason', 'revoked', '--json']);
    expect(JSON.parse(forced.out)).toMatchObject([
      { connection: 'uqudo', outcome: 'refreshed', tokenVersion: 2 },
    ]);
    expect(sandbox.providers.issued()).toHaveLength(3);
  });

  it('tells of each connection that fails, why and when next, and exits with 2', async () => {
    await start({ only: ['uqudo', 'igni-acme'], faults: [parseFault('uqudo=html')] });
    const { code, out } = await ops(['refresh', '--all']);
    expect(code).toBe(2);
    expect(out).toMatch(/^✔ igni-acme: refreshed; /m);
    expect(out).toMatch(
      /^✖ uqudo: blocked; HTTP 200, but not a token response: .*; no token; next attempt in 2\dm/m,
    );
  });
});

describe('credentials', () => {
  it('are written, used at once and told by version and age, never by value', async () => {
    await start({ only: ['uqudo'] });
    const right = await secretOf('uqudo');
    await putSecret('uqudo', '{"client_id":"","client_secret":""}');
    await sandbox.invoke('uqudo', {});
    expect((await ops(['status'])).out).toMatch(/^uqudo +awaiting-credentials/m);
    const empty = await ops(['credentials', 'check', '--json']);
    expect([empty.code, JSON.parse(empty.out)]).toMatchObject([2, [{ connection: 'uqudo', use: 'empty' }]]);

    const set = await setCredentials('uqudo', right);
    expect(set).toMatchObject({ code: 0, err: '' });
    expect(set.out).toMatch(
      /^✔ uqudo: credentials written as version [\w-]{36}\n✔ uqudo: refreshed; version 1; expires in 29m/,
    );
    const check = await ops(['credentials', 'check']);
    expect(check.code).toBe(0);
    expect(check.out).toMatch(/^uqudo +used +\d+m?s +[\w-]{36} +[\w-]{36}$/m);
    const { client_id, client_secret } = JSON.parse(right);
    for (const { out } of [set, check, empty]) {
      expect(out).not.toContain(client_id);
      expect(out).not.toContain(client_secret);
    }
  });

  it('that the provider rejects are told, while the ones before still work', async () => {
    await start({ only: ['uqudo'] });
    await sandbox.invoke('uqudo', {});
    const requests = sandbox.providers.requests.length;
    const { code, out, err } = await setCredentials('uqudo', WRONG);
    expect(code).toBe(2);
    expect(out).toMatch(
      /\n✖ uqudo: refreshed; AWSCURRENT was rejected, AWSPREVIOUS worked; version 2; expires in/,
    );
    expect(out).not.toContain('canary');
    // One login with the new ones, one with the old ones, and no more.
    expect(sandbox.providers.requests.length - requests).toBe(2);
    const check = await ops(['credentials', 'check']);
    expect(check.out).toMatch(/^uqudo +rejected /m);
    expect(check.out).toContain('to set them: token-refresher credentials set uqudo');
    expect(err).toBe('');
    await ops(['pause', 'uqudo', '--for', '2h']);
    await ops(['resume', 'uqudo']);
    expect((await ops(['credentials', 'check'])).out).toMatch(/^uqudo +rejected /m);
    expect(await ops(['explain', 'uqudo'])).toMatchObject({
      code: 2,
      out: expect.stringContaining('the provider rejected the credentials in AWSCURRENT'),
    });
    const again = await setCredentials('uqudo', WRONG.replace('somebody', 'nobody'));
    expect(again.err).toMatch(
      /^warning: .* AWSPREVIOUS: writing drops what works\. Try .* first: token-refresher try uqudo\n$/,
    );
    // Nothing is left to lose.
    expect((await setCredentials('uqudo', WRONG)).err).toBe('');
  });

  it('of the others are told where one secret is missing', async () => {
    await start({ only: ['uqudo', 'igni-acme'] });
    await sandbox.invoke('uqudo', {});
    await withSecrets((client) =>
      client.send(
        new DeleteSecretCommand({ SecretId: secretId('igni-acme'), ForceDeleteWithoutRecovery: true }),
      ),
    );
    const { code, out, err } = await ops(['credentials', 'check']);
    expect([code, err]).toEqual([2, '']);
    expect(out).toMatch(/^igni-acme +missing +– +– +–$/m);
    expect(out).toMatch(/^uqudo +used /m);
    expect(out).toMatch(/\n\nigni-acme: the secret is not there: restore it .*\n$/);
  });

  it('of a connection with logins are written, and tried by nobody before one', async () => {
    await start({ only: ['uae-pass'] });
    const from = ownCalls().length;
    const set = await ops(['credentials', 'set', 'uae-pass'], { stdin: WRONG });
    expect(set).toMatchObject({ code: 0, err: '' });
    expect(set.out).toMatch(
      /^✔ uae-pass: credentials written as version [\w-]{36}; they cannot be tried before a login\n$/,
    );
    expect(
      ownCalls()
        .slice(from)
        .map(({ operation }) => operation),
    ).not.toContain('Invoke');
    const check = await ops(['credentials', 'check']);
    expect(check.code).toBe(2);
    expect(check.out).toMatch(/^uae-pass +not known /m);
  });

  it('lift a block', async () => {
    await start({ only: ['uqudo'] });
    const right = await secretOf('uqudo');
    await putSecret('uqudo', WRONG);
    await putSecret('uqudo', WRONG.replace('somebody', 'nobody'));
    expect(await ops(['refresh', 'uqudo'])).toMatchObject({
      code: 2,
      out: expect.stringContaining('blocked'),
    });
    const explained = await ops(['explain', 'uqudo']);
    expect(explained.code).toBe(2);
    expect(explained.out).toContain('token-refresher credentials set uqudo');
    expect(await setCredentials('uqudo', right)).toMatchObject({ code: 0 });
  });
});

describe('pause and resume', () => {
  it('stop refreshes for a while, and let them go on', async () => {
    await start({ only: ['uqudo'] });
    await sandbox.invoke('uqudo', {});
    const paused = await ops(['pause', 'uqudo', '--for', '2h', '--reason', 'maintenance']);
    expect(paused).toMatchObject({ code: 0, err: '' });
    expect(paused.out).toMatch(
      /^✔ uqudo: paused by ops; the token expires at .*Z, before the pause ends: maintenance; expires in 29m \d+s; paused until \d{4}-\d\d-\d\d [\d:]+ UTC, and nobody is alerted when the token expires\n$/,
    );
    const short = await ops(['pause', 'uqudo', '--for', '5m']);
    expect(short.out).toMatch(/^✔ uqudo: paused by ops; expires in 29m \d+s; paused until .* UTC\n$/);
    expect((await ops(['pause', 'uqudo', '--for', '30d'])).code).toBe(0);
    await ops(['pause', 'uqudo', '--for', '2h']);
    expect((await ops(['status'])).out).toMatch(/^uqudo +paused +29m .* \d\d:\d\d UTC/m);
    expect(await ops(['refresh', 'uqudo'])).toMatchObject({ code: 2 });
    const resumed = await ops(['resume', 'uqudo']);
    expect(resumed).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^✔ uqudo: fresh; resumed; expires in [^;]*; renews in [^;]*\n$/),
    });
    expect(await ops(['resume', 'uqudo'])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^✔ uqudo: fresh; resumed; .*; it was not paused\n$/),
    });
    expect(await ops(['refresh', 'uqudo'])).toMatchObject({ code: 0 });
  });
});

describe('verify', () => {
  it('passes once everything is fresh, and waits for nobody to log in', async () => {
    await start({ only: ['uqudo', 'uae-pass'] });
    const { code, out } = await ops(['verify']);
    expect(code).toBe(0);
    expect(out).toMatch(/^✔ uqudo: refreshed; /m);
    expect(out).toMatch(/^○ uae-pass: reauthorization-required; /m);
    expect(out).toMatch(/\nawaiting a login: uae-pass\nverified\n$/);
  });

  it('names connections without credentials, and passes them only where that is allowed', async () => {
    await start({ only: ['uqudo', 'igni-acme'] });
    await putSecret('igni-acme', '{"client_id":"","client_secret":""}');
    const refused = await ops(['verify']);
    expect(refused.code).toBe(2);
    expect(refused.out).toMatch(
      /\nawaiting credentials: igni-acme\nnot verified: igni-acme\nwhy, and what to do: .* explain igni-acme\n$/,
    );
    const allowed = await ops(['verify', '--allow-awaiting']);
    expect(allowed.code).toBe(0);
    expect(allowed.out).toMatch(/\nawaiting credentials: igni-acme \(allowed\)\nverified\n$/);
  });

  it('names a connection with logins that has no credentials, by the versions of its secret alone', async () => {
    await start({ only: ['uqudo', 'uae-pass'] });
    await emptySecret('uae-pass');
    const from = ownCalls().length;
    const refused = await ops(['verify']);
    expect(refused.code).toBe(2);
    expect(refused.out).toMatch(/\nawaiting credentials: uae-pass\nnot verified: uae-pass\n/);
    expect((await ops(['verify', '--allow-awaiting'])).code).toBe(0);
    const calls = ownCalls().slice(from);
    expect(calls.filter(({ operation }) => operation === 'ListSecretVersionIds')).toHaveLength(2);
    expect(calls.map(({ operation }) => operation)).not.toContain('GetSecretValue');
    const explained = await ops(['explain', 'uae-pass']);
    expect(explained.out).toContain('token-refresher credentials set uae-pass');
  });

  it('waits for what may still become fresh, asking again and again', async () => {
    await start({ only: ['uqudo'], faults: [parseFault('uqudo=429:1')] });
    const waits: number[] = [];
    const { code, out } = await ops(['verify', '--wait', '1m', '--json'], { onWait: () => waits.push(1) });
    expect(code).toBe(2);
    expect(waits).toHaveLength(2);
    expect(JSON.parse(out)).toMatchObject([
      { connection: 'uqudo', verdict: 'not-fresh', answer: { outcome: 'failed' } },
    ]);
  });

  it('fails where a function cannot reach its status, without sending anybody to what that status said', async () => {
    await start({ only: ['uqudo'], faults: [parseFault('ssm=denied')] });
    const { code, out } = await ops(['verify', '--wait', '1s']);
    expect(code).toBe(1);
    expect(out).toMatch(/^✖ uqudo: failed; the status could not be read \(AccessDeniedException\); how it/);
    expect(out).toMatch(/\nnot verified: uqudo\n$/);
    expect(out).not.toContain('no token');
    const paused = await ops(['pause', 'uqudo', '--for', '2h']);
    expect(paused).toMatchObject({ code: 1, out: expect.stringMatching(/^✖ uqudo: failed; /) });
  });

  it('asks a provider that has rejected the credentials only once more', async () => {
    await start({ only: ['uqudo'], faults: [parseFault('uqudo=rejected')] });
    await sandbox.invoke('uqudo', {});
    const requests = sandbox.providers.requests.length;
    const { code, out } = await ops(['verify']);
    expect(code).toBe(2);
    expect(out).toContain('not verified: uqudo');
    expect(sandbox.providers.requests.length - requests).toBe(1);
  });
});

describe('explain', () => {
  it('prints the settings that are deployed, so that nothing is tried at another host', async () => {
    await start({ only: ['alternative-payments'], faults: [parseFault('alternative-payments=html')] });
    await sandbox.invoke('alternative-payments', {}).catch(() => undefined);
    expect((await ops(['explain', 'alternative-payments'])).out).toContain(
      'token-refresher try alternative-payments --set environment=demo\n',
    );
  });
});

describe('exchange', () => {
  const REDIRECT_URI = 'https://www.example.com/uae-pass/callback';
  const exchange = (code: string) =>
    ops(['exchange', 'uae-pass', '--redirect-uri', REDIRECT_URI], { stdin: JSON.stringify({ code }) });

  it('turns the code of a login into a token, once, and tells why another code is refused', async () => {
    await start({ only: ['uae-pass'] });
    const client_id = sandbox.clientId('uae-pass');
    const code = sandbox.providers.codes.issue({ client_id, redirect_uri: REDIRECT_URI }, Date.now());
    const first = await exchange(code);
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^✔ uae-pass: exchanged; .*; \/token-refresher\/tokens\/uae-pass version 1; expires in/,
    );
    expect(await exchange(code)).toMatchObject({
      code: 0,
      out: expect.stringContaining('already-exchanged'),
    });
    expect(await exchange('unknown')).toMatchObject({ code: 2, out: expect.stringContaining('rejected') });
    const explained = await ops(['explain', 'uae-pass']);
    expect(explained).toMatchObject({ code: 0, out: expect.stringContaining('no schedule can renew it') });
  });
});

it('runs as a process, which exits as the verb says and sends no colour to a pipe', async () => {
  await start({ only: ['uqudo'] });
  const run = async (...args: string[]) => {
    const file = ['infra/ops/index.ts', ...args];
    const env = { PATH: process.env['PATH'], TERM: 'xterm-256color', ...sandbox.environment };
    try {
      return { code: 0, ...(await promisify(execFile)(process.execPath, file, { env })) };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  };
  expect(await run('status')).toMatchObject({
    code: 2,
    stdout: expect.stringContaining('not run yet'),
  });
  expect(await run('refresh', '--all')).toMatchObject({ code: 0, stderr: '' });
  const status = await run('status');
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(status.stdout).toMatch(/^uqudo +fresh +29m/m);
  expect(status.stdout).not.toContain('\u001b');
});

describe('try', () => {
  const tried = async (credentials: string) => {
    const served = await serveProviders(sandbox.providers);
    try {
      const preload = preloadUrl({ providers: served, awsEndpointUrl: 'http://127.0.0.1' });
      const child = spawn(process.execPath, [
        '--import',
        preload,
        'infra/ops/index.ts',
        'try',
        'uqudo',
        '--json',
      ]);
      child.stdin.end(credentials);
      const [out, err, [code]] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      return { code, out, err };
    } finally {
      await served.close();
    }
  };

  it('asks the simulated provider under its own name, and shows no token', async () => {
    await start({ only: ['uqudo'] });
    const { code, out } = await tried(await secretOf('uqudo'));
    expect([code, JSON.parse(out)]).toMatchObject([0, { provider: 'uqudo', status: 200 }]);
    const issued = sandbox.providers.issued().map(({ access_token }) => access_token);
    expect(issued).toHaveLength(1);
    expect(out).not.toContain(issued[0] ?? out);
  });

  it('tells rejected credentials', async () => {
    await start({ only: ['uqudo'] });
    const { code, out } = await tried(WRONG);
    expect(code).not.toBe(0);
    expect(out).toContain('credentials_rejected');
    expect(out).not.toContain('canary');
  });
});
