import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { copyRepository } from './repository-copy.ts';

// These run processes that compile, bundle, synthesize and test.
vi.setConfig({ testTimeout: 180_000 });

const execute = promisify(execFile);
const ROOT = join(import.meta.dirname, '..');

/** What `npm test` asks for beside the README's file and lines. */
const ROWS: readonly [file: string, before: string, row: string][] = [
  [
    'test/providers/contracts.ts',
    '\n] as const;',
    `
  {
    id: 'example',
    settings: { tenant: 'acme' },
    url: 'https://acme.auth.example.com/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'client_credentials', scope: 'doors:open' },
    lifetimeSeconds: 3600,
  },`,
  ],
  ['README.md', '\n| `oauth2`', '\n| `example` | `tenant` | 1 h | 30 min | 2 min | 27 min |'],
  ['docs/reading-tokens.md', '\n\nThe ', '\n| `example` | 3600 s | 1620 | 1620000 | 300 |'],
];

let copy = '';
beforeAll(() => {
  copy = copyRepository();
});
afterAll(() => rmSync(copy, { recursive: true }));

const read = (file: string) => readFileSync(join(copy, file), 'utf8');

/** Puts a line before the first place where `before` stands. */
const insert = (file: string, before: string, line: string) => {
  const text = read(file);
  const at = text.indexOf(before);
  if (at === -1) throw new Error(`${file} has no ${before}`);
  writeFileSync(join(copy, file), text.slice(0, at) + line + text.slice(at));
};

const run = (...args: string[]) =>
  execute(process.execPath, args, {
    cwd: copy,
    env: { PATH: process.env['PATH'], TMPDIR: tmpdir(), CACHE_DIR: copy, NO_COLOR: '1' },
  });

describe('a sixth provider, added as the README says', () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const [, code = ''] = /<!-- sixth -->\s+```ts\n([\s\S]*?)```/.exec(readme) ?? [];
  const [, table = ''] = /<!-- sixth lines -->([\s\S]*)<!-- \/sixth lines -->/.exec(readme) ?? [];
  const [imported = '', entry = '', connection = ''] = [...table.matchAll(/\| `([^`]+)` \|$/gm)].map(
    ([, line]) => `${line}\n`,
  );

  beforeAll(() => {
    writeFileSync(join(copy, 'functions/providers/example.ts'), code);
    insert('functions/providers/index.ts', 'import { igni }', imported);
    insert('functions/providers/index.ts', '  igni,', `  ${entry}`);
    insert('infra/stages.ts', "      'igni-acme'", `      ${connection}`);
  });

  it('is kept fresh by the sandbox, with no further file', async () => {
    const argv = ['--once', '--json', '--only', 'example-acme'];
    const { stdout } = await run('infra/local/start.ts', ...argv);
    expect(JSON.parse(stdout)).toMatchObject([{ connection: 'example-acme', outcome: 'refreshed' }]);
  });

  it('passes the compiler and the tests, with the rows that these ask for', async () => {
    for (const row of ROWS) insert(...row);
    const tsc = 'node_modules/typescript/bin/tsc';
    for (const project of ['.', 'infra']) await run(tsc, '-p', project);
    const tests = [
      'readme',
      'providers',
      'infra/stages',
      'infra/faults',
      'reader/documentation',
      'local/assembly',
    ];
    const { stdout } = await run(
      'node_modules/vitest/vitest.mjs',
      ...['run', ...tests.map((name) => `test/${name}`)],
    );
    expect(stdout).toMatch(/ 0 failed\n/);
  });
});
