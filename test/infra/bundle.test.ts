import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundle } from '../../infra/bundle.ts';
import { handlers } from '../../infra/handlers.ts';
import { resourcesOf } from '../../infra/reference/template.ts';
import { CONNECTION } from '../connection.ts';
import { synthesize } from './synthesize.ts';

const ENVIRONMENT = {
  AWS_REGION: 'eu-central-1',
  CONNECTION: JSON.stringify(CONNECTION),
  PREFIX: '/token-refresher',
};

describe('the bundles', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'bundles-'));
    bundle(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const run = (script: string, env: Record<string, string> = ENVIRONMENT) =>
    spawnSync(process.execPath, ['--eval', script], { cwd: directory, env, encoding: 'utf8' });

  it('are one for each handler of the stack, and nothing else', () => {
    const used = resourcesOf(synthesize(), 'AWS::Lambda::Function').map(
      ([, { Properties }]) => Properties.Handler,
    );
    expect(readdirSync(directory).toSorted()).toEqual(
      [...new Set(used.map((handler) => handler.replace('.handler', '.cjs')))].toSorted(),
    );
  });

  it.each(['refresh', 'board', 'deployment'])(
    '%s loads alone in a bare process and exports its handler',
    (name) => {
      const { stdout, stderr } = run(`console.log(typeof require('./${name}.cjs').handler)`);
      expect(stderr).toBe('');
      expect(stdout).toBe('function\n');
    },
  );

  it.each(['refresh', 'board', 'deployment'])('%s does not load undici, which costs 45 ms', (name) => {
    const { stdout } = run(
      `require('./${name}.cjs'); console.log(process.moduleLoadList.filter((name) => name.includes('undici/undici')).length)`,
    );
    expect(stdout).toBe('0\n');
  });

  it('are small', () => {
    for (const name of readdirSync(directory))
      expect(statSync(join(directory, name)).size).toBeLessThan(420_000);
  });

  it('take credentials from the environment, and say so where there are none', () => {
    const script = `
      const { handler } = require('./board.cjs');
      handler({}, { invokedFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:board' }).then(console.log);`;
    expect(run(script).stdout).toContain('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set');
  });

  it('are asked for where they are missing', () => {
    expect(() => handlers(join(directory, 'nowhere'))).toThrow(/run "npm run bundle"/);
  });

  it('are left alone where nothing changed, so that nobody reads one half-written', () => {
    const before = readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs);
    bundle(directory);
    expect(readdirSync(directory).map((name) => statSync(join(directory, name)).mtimeMs)).toEqual(before);
  });
});
