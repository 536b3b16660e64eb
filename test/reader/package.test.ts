import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name: string) => join(root, 'node_modules/.bin', name);

/** An application with the package among its modules, as `npm install` would leave it. */
let app: string;
let installed: string;

const run = (command: string, ...args: string[]) =>
  execFileSync(command, args, { cwd: app, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });

beforeAll(() => {
  app = mkdtempSync(join(tmpdir(), 'reader-package-'));
  installed = join(app, 'node_modules/token-refresher');
  mkdirSync(join(app, 'node_modules/@types'), { recursive: true });
  mkdirSync(installed);
  for (const name of ['@aws-sdk', '@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(app, 'node_modules', name));
  }
  // Its own scripts would build the whole package again when it is packed.
  const { scripts: _, ...manifest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  writeFileSync(join(installed, 'package.json'), JSON.stringify(manifest));
  execFileSync(bin('tsc'), ['-p', 'functions/reader', '--outDir', join(installed, 'dist/reader')], {
    cwd: root,
  });
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'app', type: 'module' }));
});
afterAll(() => rmSync(app, { recursive: true, force: true }));

describe('the package', () => {
  test('reads tokens over a socket, once for all readers of a process', () => {
    cpSync(join(root, 'test/reader/smoke.ts'), join(app, 'smoke.ts'));
    expect(JSON.parse(run(process.execPath, 'smoke.ts'))).toEqual({
      node: process.versions.node.split('.')[0],
      reads: 1,
      read: true,
      fetched: true,
      inContext: true,
    });
  });

  test('brings types that a strict program checks against, without skipLibCheck', () => {
    writeFileSync(
      join(app, 'typed.ts'),
      `import { SSMClient } from '@aws-sdk/client-ssm';
      import { authorizedFetch, createGetToken, type GetToken, getToken, TokenError } from 'token-refresher/reader';
      const read: GetToken = createGetToken({ client: new SSMClient({}), maxAgeSeconds: 60 });
      export const token: string = await getToken('uqudo');
      export const answer: Response = await authorizedFetch('uqudo', { getToken: read })('https://api.example.com');
      export const code = (error: unknown) => (error instanceof TokenError ? error.code : null);
      // Another copy of the SDK, as npm installs where two versions are asked for: its commands are its own.
      declare class OtherCommand<Input, Output> {
        private readonly copy: string;
        resolveMiddleware(stack: (input: Input) => Output): Output;
      }
      declare class OtherClient {
        send<Input extends { Names: string[] }, Output extends { Parameters?: { Name?: string }[] | undefined }>(
          command: OtherCommand<Input, Output>,
          options?: { abortSignal?: AbortSignal | undefined },
        ): Promise<Output>;
        send(command: OtherCommand<never, never>, done: (error: unknown) => void): void;
      }
      createGetToken({ client: new OtherClient() });
      // @ts-expect-error a client sends
      createGetToken({ client: {} });
      // @ts-expect-error seconds are a number
      createGetToken({ maxAgeSeconds: '60' });
      `,
    );
    const flags =
      '--noEmit --strict --exactOptionalPropertyTypes --target es2024 --module nodenext --types node';
    expect(run(bin('tsc'), ...flags.split(' '), '--ignoreConfig', 'typed.ts')).toBe('');
  });

  test('is well formed for publint', async () => {
    const { messages } = await publint({ pkgDir: installed, pack: false, strict: true });
    expect(messages.filter(({ path }) => path[0] === 'exports' && path[1] === './reader')).toEqual([]);
  });

  test('has types that resolve for ES modules and bundlers', () => {
    expect(
      run(
        bin('attw'),
        '--pack',
        installed,
        '--profile',
        'esm-only',
        '--entrypoints',
        './reader',
        '--no-emoji',
      ),
    ).toContain('OK (ESM)');
  });
});
