import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.ts';
import { against } from '../against.ts';
import { ROOT, run, temporaryDirectory } from '../child.ts';
import { installPython, pinned } from '../install.ts';
import { deployedStack } from './deployed-stack.ts';
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
let stack: ReturnType<typeof deployedStack>;

against(`MiniStack ${pinned('ministack', 'ministack')}`, installed);

beforeAll(async () => {
  if ('missing' in installed) return;
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  authorizationServer = await startAuthorizationServer([basic, rotated, post], LIFETIME_SECONDS);
  emulator = await startEmulator(installed.directory, directory.path);
  stack = deployedStack(emulator);
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

const ops = (args: readonly string[], input?: string) =>
  run('node', [join(ROOT, 'infra', 'ops', 'index.ts'), ...args], {
    env: emulator.environment,
    inherit: false,
    ...(input === undefined ? {} : { input }),
  });
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
      expect(await stack.statusOf(connection)).toMatchObject({
        state: 'awaiting-credentials',
        tokenVersion: null,
      });
    }
    expect(await stack.names('tokens')).toEqual([]);
    expect(authorizationServer.issuedTo).toEqual([]);
  });

  it('gets its first tokens by itself once the secrets are filled in', { timeout: 3 * MINUTES }, async () => {
    await stack.write('kept', basic);
    await stack.write('removed', post);
    await until('tokens', 2.5 * MINUTES, async () => (await stack.names('tokens')).length === 2);
    expect(await stack.parameter('tokens/kept', true)).toMatchObject({
      Type: 'SecureString',
      Version: 1,
      Value: expect.stringMatching(/^[\w-]{20,}$/),
    });
    const sealed = (await stack.parameter('tokens/kept'))?.Value;
    expect(sealed).not.toBe((await stack.parameter('tokens/kept', true))?.Value);
    expect([...authorizationServer.issuedTo].sort()).toEqual(['basic', 'post']);
    await until('statuses', MINUTES, async () => (await stack.statusOf('kept')).state === 'fresh');
    expect(await stack.statusOf('kept')).toMatchObject({ tokenVersion: 1, tokenType: 'Bearer' });
  });

  it('is quiet at the next tick', { timeout: 3 * MINUTES }, async () => {
    const before = await stack.parameter('status/kept');
    const fired = ticks('kept');
    await until('a tick', 2 * MINUTES, () => ticks('kept') > fired);
    await wait(3000);
    expect((await stack.parameter('tokens/kept'))?.Version).toBe(1);
    expect(await stack.parameter('status/kept')).toEqual(before);
    expect(authorizationServer.issuedTo).toHaveLength(2);
  });

  it('renews with a new secret value, ahead of expiry and by itself', { timeout: 5 * MINUTES }, async () => {
    const before = await stack.statusOf('kept');
    await stack.write('kept', rotated);
    await until('a renewal', 4 * MINUTES, async () => (await stack.parameter('tokens/kept'))?.Version === 2);
    await until('its status', MINUTES, async () => (await stack.statusOf('kept')).tokenVersion === 2);
    const after = await stack.statusOf('kept');
    expect(Date.parse(after.issuedAt ?? '')).toBeLessThan(Date.parse(before.expiresAt ?? ''));
    expect(after.secretVersion).not.toBe(before.secretVersion);
    expect(authorizationServer.issuedTo).toContain('rotated');
  });

  it('uses a new secret value at once where its event arrives', async () => {
    const rule = await stack.secretRule('kept');
    expect([await rule.takes('AWSCURRENT'), await rule.takes('AWSPENDING')]).toEqual([true, false]);

    const { VersionId } = await stack.write('kept', basic);
    expect(rule.inputs).toHaveLength(1);
    for (const input of rule.inputs) await stack.invoke('kept', input);
    expect((await stack.statusOf('kept')).secretVersion).toBe(VersionId);
    expect(authorizationServer.issuedTo.at(-1)).toBe('basic');
    await stack.write('kept', rotated);
  });

  it('falls back to the previous secret where a new one is wrong, and says so', async () => {
    await stack.write('kept', { ...basic, client_secret: 'mistyped' });
    const answer = await stack.invoke('kept', { action: 'refresh', force: true, reason: 'proof' });
    expect(answer).toMatchObject({
      outcome: 'refreshed',
      reason: expect.stringContaining('AWSPREVIOUS worked'),
    });
    await stack.write('kept', rotated);
  });
});

describe('a failed invocation', () => {
  it('ends up in the failure queue at once, as the next tick is the retry', async () => {
    await stack.send('kept', { action: 'unheard-of' });
    await until('a message', MINUTES, async () => (await stack.failures()).includes('unheard-of'));
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
    const before = await stack.statusOf('kept');
    await ops(['refresh', 'kept', '--force', '--reason', 'proof']);
    expect((await stack.statusOf('kept')).tokenVersion).toBe((before.tokenVersion ?? 0) + 1);
  });

  it('pauses, which ticks respect, and resumes', async () => {
    await ops(['pause', 'kept', '--for', '1h', '--reason', 'proof']);
    expect((await stack.statusOf('kept')).state).toBe('paused');
    expect(await stack.invoke('kept', { action: 'tick' })).toMatchObject({ outcome: 'paused' });
    await ops(['resume', 'kept']);
    expect((await stack.statusOf('kept')).state).toBe('fresh');
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
    expect(read.trim()).toBe((await stack.statusOf('kept')).fingerprint);
  });
});

describe('an update', () => {
  it('keeps the tokens of what stays and deletes those of what goes', { timeout: 5 * MINUTES }, async () => {
    const before = await stack.parameter('tokens/kept', true);
    await deploy(true);
    expect(await stack.parameter('tokens/kept', true)).toEqual(before);
    expect(await stack.names('tokens')).toEqual(['/token-refresher/tokens/kept']);
    expect(await stack.names('status')).toEqual(['/token-refresher/status/kept']);
    expect(await stack.names('config')).toEqual(['/token-refresher/config/kept']);
  });

  it('reaches the next token request', async () => {
    const answer = await stack.invoke('kept', { action: 'refresh', force: true, reason: 'proof' });
    expect(answer).toMatchObject({ outcome: 'refreshed', state: 'fresh' });
    expect((await stack.statusOf('kept')).scope).toBe('doors:open');
  });
});

describe('a deletion', () => {
  it('leaves no token and no status', { timeout: 5 * MINUTES }, async () => {
    await cdk('destroy', '--force', '--app', join(directory.path, 'updated'));
    expect(await stack.names('tokens')).toEqual([]);
    expect(await stack.names('status')).toEqual([]);
    expect(await stack.names('config')).toEqual([]);
  });
});
