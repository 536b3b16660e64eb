import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { timing } from '../../functions/policy/timing.ts';
import { dialect, PROVIDER_IDS } from '../../functions/providers/index.ts';
import { settingsOf } from '../providers/contracts.ts';
import { blockCount, cacheTimes, snippet, snippets } from './documentation.ts';
import { listen } from './http-server.ts';
import { startSsm } from './ssm-endpoint.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const UQUDO = timing(dialect('uqudo', {}).lifetimeSeconds).safeCacheSeconds;

let directory: string;
let endpoint: Awaited<ReturnType<typeof startSsm>>;
let authorizations: (string | null)[];

const file = (name: string) => join(directory, name);
const load = (name: string) => import(pathToFileURL(file(name)).href);
const later = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

beforeAll(() => {
  mkdirSync(join(root, 'reports'), { recursive: true });
  directory = mkdtempSync(join(root, 'reports/documentation-'));
  const reader = join(root, 'functions/reader/index.ts');
  for (const [name, code] of snippets) {
    writeFileSync(file(name), code.replace("'token-refresher/reader'", `'${reader}'`));
  }
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

beforeEach(async () => {
  endpoint = await startSsm();
  endpoint.write('uqudo', 'token-1');
  for (const [name, value] of Object.entries(endpoint.environment)) vi.stubEnv(name, value);
  vi.resetModules();
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await endpoint.close();
});

/** Answers every request to api.example.com and notes the token it carried; other requests go out. */
const stubApi = () => {
  authorizations = [];
  const { fetch } = globalThis;
  vi.stubGlobal('fetch', async (...[input, init]: Parameters<typeof fetch>) => {
    if (!String(input).startsWith('https://api.example.com/')) return fetch(input, init);
    authorizations.push(new Headers(init?.headers).get('authorization'));
    return new Response();
  });
};

describe('the page', () => {
  test('has no code block that this file does not know', () => {
    expect([...snippets.keys()].toSorted()).toEqual(
      [
        ...['get-token.ts', 'authorized-fetch.ts', 'middleware.ts', 'create-get-token.ts'],
        ...['plain-sdk.ts', 'powertools.ts', 'middy-ssm.ts', 'extension.env', 'extension.ts'],
        ...['read_token.py', 'read-once.sh', 'read-token.sh', 'token-changed.json'],
      ].toSorted(),
    );
    expect(blockCount).toBe(snippets.size);
  });

  test('has TypeScript that passes the strict checks of this project', () => {
    writeFileSync(
      file('tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'] }),
    );
    const { status, stdout } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', directory], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });

  test('gives each provider the cache time that follows from its lifetime', () => {
    const expected = PROVIDER_IDS.filter((id) => id !== 'oauth2').map((provider) => {
      const { lifetimeSeconds } = dialect(provider, settingsOf(provider));
      const { safeCacheSeconds } = timing(lifetimeSeconds);
      return {
        provider,
        lifetime: lifetimeSeconds,
        safeCache: safeCacheSeconds,
        middy: Math.min(safeCacheSeconds * 1000, 86_400_000),
        extension: Math.min(safeCacheSeconds, 300),
      };
    });
    const byProvider = (one: { provider: string }, two: { provider: string }) =>
      one.provider < two.provider ? -1 : 1;
    expect(cacheTimes.toSorted(byProvider)).toEqual(expected.toSorted(byProvider));
  });

  test('sets the extension to a cache time that is safe and that it takes', () => {
    const seconds = Number(snippet('extension.env').match(/^SSM_PARAMETER_STORE_TTL=(\d+)$/m)?.[1]);
    expect(seconds).toBe(Math.min(UQUDO, 300));
  });
});

describe('the reader’s own snippets', () => {
  test.each(['get-token.ts', 'authorized-fetch.ts', 'create-get-token.ts'])(
    '%s calls the API with the token',
    async (name) => {
      stubApi();
      const { handler } = await load(name);
      expect(await handler()).toBe(200);
      expect(authorizations).toEqual(['Bearer token-1']);
    },
  );

  test('middleware.ts calls the API with the token', async () => {
    stubApi();
    endpoint.write('igni-acme', 'token-igni');
    const { handler } = await load('middleware.ts');
    expect(await handler({}, {} as Context)).toBe(200);
    expect(authorizations).toEqual(['Bearer token-1']);
  });
});

describe('a plain reader keeps a token for the safe cache time and then reads the newer one', () => {
  test.each(['plain-sdk.ts', 'powertools.ts'])('%s', async (name) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const { uqudoToken } = await load(name);
    expect(await uqudoToken()).toBe('token-1');
    endpoint.write('uqudo', 'token-2');
    later(UQUDO - 1);
    expect(await uqudoToken()).toBe('token-1');
    later(2);
    expect(await uqudoToken()).toBe('token-2');
  });

  test('middy-ssm.ts', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    stubApi();
    const { handler } = await load('middy-ssm.ts');
    await handler({}, {} as Context);
    endpoint.write('uqudo', 'token-2');
    later(UQUDO - 1);
    await handler({}, {} as Context);
    later(2);
    expect(await handler({}, {} as Context)).toBe(200);
    expect(authorizations).toEqual(['Bearer token-1', 'Bearer token-1', 'Bearer token-2']);
  });

  test('extension.ts asks the extension as AWS documents it, and leaves the caching to it', async () => {
    const ssm = new SSMClient({});
    const extension = await listen(async ({ headers, url }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      if (
        headers['x-aws-parameters-secrets-token'] !== 'session-token' ||
        pathname !== '/systemsmanager/parameters/get'
      ) {
        response.writeHead(400).end();
        return;
      }
      const { Parameter } = await ssm.send(
        new GetParameterCommand({
          Name: searchParams.get('name') ?? '',
          WithDecryption: searchParams.get('withDecryption') === 'true',
        }),
      );
      response.end(JSON.stringify({ Parameter, ResultMetadata: {} }));
    });
    vi.stubEnv('AWS_SESSION_TOKEN', 'session-token');
    vi.stubEnv('PARAMETERS_SECRETS_EXTENSION_HTTP_PORT', new URL(extension.origin).port);
    const { uqudoToken } = await load('extension.ts');
    expect(await uqudoToken()).toBe('token-1');
    endpoint.write('uqudo', 'token-2');
    expect(await uqudoToken()).toBe('token-2');
    vi.stubEnv('AWS_SESSION_TOKEN', 'wrong');
    await expect(uqudoToken()).rejects.toThrow('the extension answered 400');
    await extension.close();
    ssm.destroy();
  });
});
