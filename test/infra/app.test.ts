import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import cdk from '../../cdk.json' with { type: 'json' };

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true });
});

/** Runs the app as the CDK command line does, with no AWS credentials at hand. */
const synthesize = (context: object) => {
  const directory = mkdtempSync(join(tmpdir(), 'app-'));
  made.push(directory);
  const { status, stderr } = spawnSync(process.execPath, ['infra/app.ts'], {
    cwd: join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      CDK_OUTDIR: directory,
      CDK_VALIDATION: 'false',
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, ...context }),
    },
  });
  return {
    status,
    stderr,
    templates: readdirSync(directory).filter((name) => name.endsWith('.template.json')),
  };
};

describe('the app', () => {
  it.each<[string, object, string]>([
    ['the first stage where none is chosen', {}, 'dev'],
    ['the stage production', { stage: 'production' }, 'production'],
  ])('synthesizes %s alone, without credentials', (_, context, stage) => {
    const { status, stderr, templates } = synthesize(context);
    // Nothing but what a stage may leave open.
    expect(stderr.trim().replace(/^WARNING alarms reach nobody[\s\S]*validation-report\.json$/, '')).toBe('');
    expect(status).toBe(0);
    expect(templates).toEqual([`token-refresher-${stage}.template.json`]);
  });

  it('refuses a stage that does not exist in one line that names those that do', () => {
    const { status, stderr } = synthesize({ stage: 'prod' });
    expect(status).toBe(1);
    expect(stderr).toBe('error: there is no stage "prod": infra/stages.ts has dev and production\n');
  });
});
