import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { dialect } from '../../functions/providers/index.ts';
import { type Sandbox, startSandbox } from '../../infra/local/sandbox.ts';
import { parseSettings } from '../../infra/ops/settings.ts';
import { useAssembly } from '../local/assembly-fixture.ts';
import { ops } from './terminal.ts';

const page = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');

/** The words of every command of the page, as a shell would split them. */
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = '']) => block.replaceAll(/\\\n\s*/g, '').split('\n'))
  .map((line) => /^npm run (?:--silent )?ops -- (.*)$/.exec(line)?.[1])
  .filter((line) => line !== undefined)
  .map((line) => ({
    line,
    words: (line.split(' <')[0] ?? '').match(/"[^"]*"|\S+/g)?.map((word) => word.replaceAll('"', '')) ?? [],
    input: / < (\S+)/.exec(line)?.[1],
  }));

const CREDENTIALS = JSON.stringify({ client_id: 'the-client', client_secret: 'kX93-canary-7f' });
const assembly = useAssembly();
let sandbox: Sandbox;
/** Calls before the first command. */
let before = 0;
let provider: Server;

beforeAll(async () => {
  sandbox = await startSandbox({ assemblyDirectory: assembly.directory });
  before = sandbox.calls.length;
  for (const [name, value] of Object.entries(sandbox.environment)) vi.stubEnv(name, value);
  provider = createServer((request, response) => {
    request.resume();
    response.end(JSON.stringify({ access_token: 'a-token', expires_in: 3600, token_type: 'Bearer' }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  provider.closeAllConnections();
  provider.close();
  await sandbox?.close();
});

const inputFor = (input: string | undefined): string => {
  if (input === undefined) return '';
  return input === 'code.json' ? '{"code":"unknown"}' : CREDENTIALS;
};

describe('a command of the operators’ page', () => {
  it('is there for every verb', () => {
    const verbs = new Set(commands.map(({ words: [verb] }) => verb));
    expect([...verbs].sort()).toEqual([
      'credentials',
      'exchange',
      'explain',
      'pause',
      'refresh',
      'resume',
      'status',
      'try',
      'verify',
    ]);
  });

  it.each(commands.filter(({ words: [verb] }) => verb !== 'try'))(
    'works: $line',
    async ({ words, input }) => {
      const { code, out, err } = await ops(words, { stdin: inputFor(input) });
      expect(err).toBe('');
      expect([0, 2]).toContain(code);
      expect(out.length).toBeGreaterThan(10);
    },
  );

  it.each(commands.filter(({ words: [verb] }) => verb === 'try'))(
    'works: $line',
    async ({ words, input }) => {
      const [, id = '', ...rest] = words;
      const settings = rest.filter((word) => word !== '--set');
      expect(() => dialect(id, parseSettings(id, settings))).not.toThrow();
      if (id !== 'oauth2') return;
      const { port } = provider.address() as AddressInfo;
      const local = words.map((word) => word.replace('https://auth.example.com', `http://127.0.0.1:${port}`));
      expect(await ops(local, { stdin: inputFor(input) })).toMatchObject({ code: 0, err: '' });
    },
  );
});

describe('the rights on the operators’ page', () => {
  it('are all that its verbs call', () => {
    const named = new Set(page.match(/\b(?:ssm|secretsmanager):\w+/g));
    const called = sandbox.calls
      .slice(before)
      .filter(({ caller, service }) => !caller.startsWith('token-refresher-') && service !== 'lambda')
      .map(({ service, operation }) => `${service}:${operation}`);
    expect(called.length).toBeGreaterThan(0);
    expect(called.filter((right) => !named.has(right))).toEqual([]);
  });
});
