import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { Stack, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { type Stage, stages } from '../../infra/stages.ts';
import { TokenRefresher } from '../../infra/token-refresher.ts';
import { app, ONE_OF_EACH, synthesize } from './synthesize.ts';

const checked = () => {
  const one = app();
  Validations.of(one).addPlugins(new AwsSolutionsChecks(one));
  return one;
};

describe('cdk-nag, with the AwsSolutions rules', () => {
  it.each([
    ...Object.entries<Stage>(stages),
    ['one of each under the AWS-managed key', { connections: ONE_OF_EACH, key: 'aws-managed' } as Stage],
  ])('finds nothing in the stack of %s that is not acknowledged', (_, stage) => {
    const one = checked();
    new TokenRefresher(new Stack(one, 'stack'), 'TokenRefresher', stage);
    expect(() => one.synth()).not.toThrow();
  });

  it('would find something', () => {
    const one = checked();
    new Bucket(new Stack(one, 'stack'), 'Bucket');
    expect(() => one.synth()).toThrow(/AwsSolutions/);
  });
});

const cfnLint = spawnSync('cfn-lint', ['--version'], { encoding: 'utf8' });
const present = cfnLint.status === 0;
if (!present) console.warn('SKIPPED: cfn-lint is not at hand (pip install cfn-lint)');

describe.runIf(present)('cfn-lint', () => {
  it('finds nothing in the template', () => {
    const directory = mkdtempSync(join(tmpdir(), 'cfn-lint-'));
    const file = join(directory, 'template.json');
    writeFileSync(file, JSON.stringify(synthesize()));
    // W3005: CDK writes a dependency on a role that the reference to it implies.
    const { stdout, status } = spawnSync('cfn-lint', ['--ignore-checks', 'W3005', '--', file], {
      encoding: 'utf8',
    });
    rmSync(directory, { recursive: true });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });
});
