import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudFormationTemplate, resourcesOf } from '../../infra/reference/template.ts';
import { unpackPackage } from './unpack.ts';

const ROOT = join(import.meta.dirname, '..', '..');

// A CDK app in another repository: it keeps one connection fresh and lets a function of its own read the token.
const APP = `
import { App, Duration, Stack } from 'aws-cdk-lib/core';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type MetricName, type Timing, TokenParameter, TokenRefresher } from 'token-refresher';

const app = new App({ outdir: process.argv[2] });
const refreshing = new Stack(app, 'refreshing');
const refresher = new TokenRefresher(refreshing, 'Tokens', {
  prefix: '/payments',
  alarmEmails: ['ops@example.com'],
  connections: { igni: { provider: 'igni', workspace: 'acme', renewBefore: Duration.hours(12) } },
});
const { safeCacheSeconds }: Timing = refresher.connection('igni').timing;
const failed: MetricName = 'Failed';
refresher.connection('igni').metric(failed, { period: Duration.seconds(safeCacheSeconds) });
const reading = new Stack(app, 'reading');
const reader = new LambdaFunction(reading, 'Reader', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromInline('exports.handler = async () => {};'),
});
TokenParameter.fromConnection(reading, 'Token', { connection: 'igni', prefix: refresher.prefix }).addToEnvironment(reader);
app.synth();
`;

describe('another CDK app with the packed package', () => {
  let directory: string;
  const installed = () => join(directory, 'node_modules', 'token-refresher');
  const template = (stack: string): CloudFormationTemplate =>
    JSON.parse(readFileSync(join(directory, 'cdk.out', `${stack}.template.json`), 'utf8'));

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'another-app-'));
    await unpackPackage(installed());
    // What its user has anyway; neither esbuild nor any dependency of the functions is among them.
    for (const name of ['aws-cdk-lib', 'constructs', '@types']) {
      symlinkSync(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name));
    }
    writeFileSync(join(directory, 'package.json'), '{"type":"module","private":true}');
    writeFileSync(join(directory, 'app.ts'), APP);
    execFileSync(process.execPath, ['app.ts', join(directory, 'cdk.out')], { cwd: directory });
  }, 60_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  it('deploys the prebundled handlers', () => {
    const found = resourcesOf(template('refreshing'), 'AWS::Lambda::Function')
      .map(([, { Properties }]) => Properties)
      .find(({ FunctionName }) => FunctionName === 'payments-igni');
    const asset = join(directory, 'cdk.out', `asset.${found.Code.S3Key.replace('.zip', '')}`);
    expect(readdirSync(asset).toSorted()).toEqual(
      ['board', 'deployment', 'exchange', 'refresh', 'watch'].map((name) => `${name}.cjs`),
    );
    expect(found.Handler).toBe('refresh.handler');
  });

  it('makes readers find the token across stacks', () => {
    const [reader] = resourcesOf(template('reading'), 'AWS::Lambda::Function');
    expect(reader?.[1].Properties.Environment.Variables).toEqual({ TOKEN_REFRESHER_PREFIX: '/payments' });
  });

  it('is checked against the types of the package', () => {
    const check = (app: string) => {
      writeFileSync(join(directory, 'checked.ts'), app);
      return spawnSync(
        process.execPath,
        [
          join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'),
          ...['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024', '--types', 'node'],
          ...['--module', 'nodenext', 'checked.ts'],
        ],
        { cwd: directory, encoding: 'utf8' },
      );
    };
    expect(check(APP).stdout).toBe('');
    expect(check(APP.replace("workspace: 'acme', ", '')).stdout).toContain("Property 'workspace' is missing");
    expect(check(APP.replace("= 'Failed'", "= 'Faild'")).stdout).toContain('is not assignable to type');
  });

  it('brings the command line, every verb of it', () => {
    const { bin } = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));
    const file = join(installed(), bin['token-refresher']);
    symlinkSync(join(ROOT, 'node_modules', 'commander'), join(directory, 'node_modules', 'commander'));
    const { stdout, status } = spawnSync(process.execPath, [file, 'try', '--help'], { encoding: 'utf8' });
    expect([status, stdout]).toEqual([0, expect.stringContaining('Usage: token-refresher try')]);
    const version = spawnSync(process.execPath, [file, '--version'], { encoding: 'utf8' });
    const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(version.stdout).toBe(`${manifest.version}\n`);
    const names = (folder: string, end: string) =>
      readdirSync(folder)
        .filter((name) => name.endsWith(end))
        .map((name) => name.slice(0, -end.length))
        .toSorted();
    expect(names(join(file, '..'), '.js')).toEqual(names(join(ROOT, 'infra', 'ops'), '.ts'));
  });

  it('brings what its own modules import, and no Node binary', () => {
    const manifest = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));
    expect(manifest.optionalDependencies).toBeUndefined();
    expect(Object.keys(manifest.dependencies)).toEqual(
      expect.arrayContaining(['@aws-sdk/client-ssm', '@aws-sdk/client-lambda', 'commander']),
    );
    expect(Object.keys(manifest.dependencies)).not.toContain('@middy/core');
  });

  it('shares copies with an application: it asks for ranges', () => {
    const { dependencies } = JSON.parse(readFileSync(join(installed(), 'package.json'), 'utf8'));
    expect(Object.values(dependencies)).toEqual(
      Object.keys(dependencies).map(() => expect.stringMatching(/^\^\d/)),
    );
  });

  it('links to nothing that it does not have', () => {
    const pages = readdirSync(installed(), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.md'),
    );
    const links = pages.flatMap((page) =>
      [...readFileSync(join(installed(), page), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(
        ([, target = '']) => join(page, '..', target),
      ),
    );
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter((path) => !existsSync(join(installed(), path)))).toEqual([]);
  });

  it('ships the license, the README and no source, test or map', () => {
    const files = readdirSync(installed(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    expect(files.filter((name) => /(?<!\.d)\.ts$|\.test\.|\.map$/.test(name))).toEqual([]);
  });
});
