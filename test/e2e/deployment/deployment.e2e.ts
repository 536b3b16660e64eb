import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../oauth/authorization-server.ts';
import { against } from '../against.ts';
import { temporaryDirectory } from '../child.ts';
import { installPython, pinned } from '../install.ts';
import { basic, long, longRotated, post, rotated } from './clients.ts';
import { commandsOn } from './commands.ts';
import { deployedConsumer, startApi } from './deployed-consumer.ts';
import { deployedStack } from './deployed-stack.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { LIFETIME_SECONDS } from './names.ts';

const installed = await installPython('ministack');
const directory = temporaryDirectory('deployment');
const MINUTES = 60_000;

let emulator: Emulator;
let authorizationServer: AuthorizationServer;
let cli: ReturnType<typeof commandsOn>;
let stack: ReturnType<typeof deployedStack>;

against(`MiniStack ${pinned('ministack', 'ministack')}`, installed);

beforeAll(async () => {
  if ('missing' in installed) return;
  vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const clients = [basic, rotated, post, long, longRotated];
  authorizationServer = await startAuthorizationServer(clients, LIFETIME_SECONDS);
  emulator = await startEmulator(installed.directory, directory.path);
  cli = commandsOn(emulator, directory.path);
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

const until = async (what: string, atMostMs: number, holds: () => Promise<boolean> | boolean) => {
  const deadline = Date.now() + atMostMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${atMostMs / 1000} s`);
    await wait(1000);
  }
};

describe('a deployment', () => {
  it('is bootstrapped, deployed and waits for the first ticks', {
    timeout: 5 * MINUTES,
  }, async () => {
    const replaced = await cli.deployRefresher(authorizationServer.tokenEndpoint, false);
    expect([...new Set(replaced)].sort()).toEqual([
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::SSM::Document',
    ]);
    for (const connection of ['kept', 'removed', 'uqudo']) {
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
    const ticks = emulator.fired('kept');
    await until('a tick', 2 * MINUTES, () => emulator.fired('kept') > ticks);
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

  it('falls back to the previous secret where a new one is wrong, and says so until that is mended', async () => {
    const force = { action: 'refresh', force: true, reason: 'proof' };
    const { VersionId: mistyped } = await stack.write('kept', { ...basic, client_secret: 'mistyped' });
    expect(await stack.invoke('kept', force)).toMatchObject({
      outcome: 'refreshed',
      reason: expect.stringContaining('AWSPREVIOUS worked'),
    });
    expect((await stack.statusOf('kept')).rejected).toMatchObject({ secretVersion: mistyped });
    await stack.write('kept', rotated);
    expect(await stack.invoke('kept', force)).toMatchObject({ outcome: 'refreshed', reason: 'refreshed' });
    expect((await stack.statusOf('kept')).rejected).toBeNull();
  });
});

describe('the event of a new secret', () => {
  it('is to the deployed rule the one that AWS documents, for the current version only', async () => {
    expect(await stack.takesSecretEvent('uqudo', 'AWSCURRENT')).toBe(true);
    expect(await stack.takesSecretEvent('uqudo', 'AWSPENDING')).toBe(false);
  });

  it.each([
    ['brings the first token', long],
    ['replaces a fresh token', longRotated],
  ])('%s at once, with no tick for a quarter of an hour', async (_, credentials) => {
    expect((await stack.configOf('uqudo')).tickSeconds).toBe(900);
    const before = emulator.fired('uqudo');
    const { VersionId } = await stack.write('uqudo', credentials);
    await stack.sendSecretEvent('removed', 'AWSCURRENT');
    await stack.sendSecretEvent('uqudo', 'AWSPENDING');
    await stack.sendSecretEvent('uqudo', 'AWSCURRENT');
    const used = async () => (await stack.statusOf('uqudo')).secretVersion === VersionId;
    await until('a token with the new secret', MINUTES, used);
    expect(emulator.fired('uqudo')).toBe(before + 1);
    expect((await stack.statusOf('uqudo')).state).toBe('fresh');
    expect(authorizationServer.issuedTo.filter((client) => client === credentials.client_id)).toHaveLength(1);
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
    const told = JSON.parse(await cli.ops(['status', '--json'])) as { connection: string; state: string }[];
    expect(told.map(({ connection, state }) => [connection, state])).toEqual([
      ['kept', 'fresh'],
      ['removed', 'fresh'],
      ['uqudo', 'fresh'],
    ]);
  });

  it('forces a refresh', async () => {
    const before = await stack.statusOf('kept');
    await cli.ops(['refresh', 'kept', '--force', '--reason', 'proof']);
    expect((await stack.statusOf('kept')).tokenVersion).toBe((before.tokenVersion ?? 0) + 1);
  });

  it('pauses, which ticks respect, and resumes', async () => {
    await cli.ops(['pause', 'kept', '--for', '1h', '--reason', 'proof']);
    expect((await stack.statusOf('kept')).state).toBe('paused');
    expect(await stack.invoke('kept', { action: 'tick' })).toMatchObject({ outcome: 'paused' });
    await cli.ops(['resume', 'kept']);
    expect((await stack.statusOf('kept')).state).toBe('fresh');
  });

  it('writes credentials, waits for the first refresh with them and shows none', async () => {
    const { client_id, client_secret } = basic;
    const said = await cli.ops(['credentials', 'set', 'kept'], JSON.stringify({ client_id, client_secret }));
    expect(said).not.toContain(client_secret);
    expect(authorizationServer.issuedTo.at(-1)).toBe('basic');
  });

  it('lets a deployment pass where every connection is fresh', async () => {
    await cli.ops(['verify', '--wait', '1m']);
  });
});

describe('the consumer example', () => {
  let api: Awaited<ReturnType<typeof startApi>>;
  let consumer: Awaited<ReturnType<typeof deployedConsumer>>;
  afterAll(() => api?.close());

  it('is deployed from a repository with the packed package', { timeout: 5 * MINUTES }, async () => {
    api = await startApi(authorizationServer);
    await cli.deployConsumer(api.origin);
    consumer = await deployedConsumer(emulator);
    expect(consumer.environment).toEqual({ API_URL: api.origin, TOKEN_REFRESHER_PREFIX: '/token-refresher' });
  });

  it('may read the token of its connection and the status, and no other, no older and not write', async () => {
    for (const action of ['ssm:GetParameter', 'ssm:GetParameters']) {
      expect(await consumer.may(action, 'tokens/uqudo')).toBe(true);
      expect(await consumer.may(action, 'status/uqudo')).toBe(true);
      expect(await consumer.may(action, 'tokens/kept')).toBe(false);
    }
    for (const action of ['ssm:GetParameterHistory', 'ssm:GetParametersByPath', 'ssm:PutParameter']) {
      expect(await consumer.may(action, 'tokens/uqudo')).toBe(false);
    }
  });

  it('reads the token that was issued last, which its API takes', async () => {
    const expected = { url: '/scans/a%2F1', holder: longRotated.client_id };
    expect(await consumer.call({ id: 'a/1' })).toEqual(expected);
    expect(api.answered).toEqual([200]);
  });

  it('reads again where the provider has revoked the token that it holds', async () => {
    await authorizationServer.revoke((await stack.parameter('tokens/uqudo', true))?.Value ?? '');
    await cli.ops(['refresh', 'uqudo', '--force', '--reason', 'proof']);
    expect(await consumer.call({ id: '2' })).toEqual({ url: '/scans/2', holder: longRotated.client_id });
    expect(api.answered).toEqual([200, 401, 200]);
  });
});

describe('an update', () => {
  it('keeps the tokens of what stays, renews what asks for another scope, and deletes those of what goes', {
    timeout: 5 * MINUTES,
  }, async () => {
    const untouched = await stack.parameter('tokens/uqudo', true);
    const before = await stack.parameter('tokens/kept', true);
    await cli.deployRefresher(authorizationServer.tokenEndpoint, true);
    expect(await stack.parameter('tokens/uqudo', true)).toEqual(untouched);
    const renewed = await stack.statusOf('kept');
    expect(renewed).toMatchObject({ state: 'fresh', scope: 'doors:open' });
    expect(renewed.tokenVersion).toBeGreaterThan(before?.Version ?? 0);
    for (const tree of ['tokens', 'status', 'config']) {
      expect(await stack.names(tree)).toEqual(
        ['kept', 'uqudo'].map((name) => `/token-refresher/${tree}/${name}`),
      );
    }
  });
});

describe('a deletion', () => {
  it('leaves no token and no status', { timeout: 5 * MINUTES }, async () => {
    await cli.destroy();
    for (const tree of ['tokens', 'status', 'config']) expect(await stack.names(tree)).toEqual([]);
  });
});
