import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { snippet } from '../reader/documentation.ts';
import { listen } from '../reader/http-server.ts';
import { startSsm } from '../reader/ssm-endpoint.ts';
import { createProject } from './project.ts';

const TOKEN = '/token-refresher/tokens/uqudo';

const execute = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

let app: string;
let assembly: string;
let template: Template;

// A repository of its own, where the package is installed as it is built, and the app runs as the CDK CLI runs it.
beforeAll(async () => {
  app = mkdtempSync(join(tmpdir(), 'consumer-'));
  assembly = join(app, 'cdk.out');
  const installed = createProject(app);
  mkdirSync(installed, { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(installed, 'package.json'));
  for (const [project, directory] of [
    ['infra/tsconfig.build.json', 'dist/lib'],
    ['functions/reader', 'dist/reader'],
  ] as const) {
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
    await execute(process.execPath, [tsc, '-p', project, '--outDir', join(installed, directory)], {
      cwd: ROOT,
    });
  }
  await execute(process.execPath, ['app.ts'], { cwd: app, env: { ...process.env, CDK_OUTDIR: assembly } });
  // The bundle is CommonJS, and Lambda has no package.json that says otherwise.
  writeFileSync(join(assembly, 'package.json'), '{}');
  template = Template.fromJSON(
    JSON.parse(readFileSync(join(assembly, 'TokenConsumer.template.json'), 'utf8')),
  );
}, 120_000);
afterAll(() => rmSync(app, { recursive: true, force: true }));

describe('the consumer’s template', () => {
  test('grants the function to read the token and its status, to decrypt that token, and nothing else', () => {
    const policies = Object.values(template.findResources('AWS::IAM::Policy'));
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const arnEnds = JSON.stringify(statements[0].Resource).match(/:parameter[^"]+/g);
    expect(statements.map(({ Action }) => Action)).toEqual([
      ['ssm:GetParameter', 'ssm:GetParameters'],
      'kms:Decrypt',
    ]);
    expect(arnEnds).toEqual([`:parameter${TOKEN}`, ':parameter/token-refresher/status/uqudo']);
    expect(JSON.stringify(statements[1].Condition)).toContain(`:parameter${TOKEN}`);
  });

  test('tells the function the prefix, and no token', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: { API_URL: Match.anyValue(), TOKEN_REFRESHER_PREFIX: '/token-refresher' },
      },
    });
    expect(JSON.stringify(template.toJSON())).not.toContain('{{resolve:');
  });

  test('has the rule of the documentation', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      EventPattern: JSON.parse(snippet('token-changed.json')),
      State: 'ENABLED',
    });
  });
});

describe('the consumer’s function, as it is bundled', () => {
  let accepted: string;
  let ssm: Awaited<ReturnType<typeof startSsm>>;
  let api: Awaited<ReturnType<typeof listen>>;

  /** The bundle in a new environment: nothing is cached. */
  const load = (): ((event: { id: string }) => Promise<unknown>) => {
    const asset = readdirSync(assembly).find((name) => name.startsWith('asset.')) ?? '';
    const file = join(assembly, asset, 'index.js');
    const require = createRequire(file);
    delete require.cache[file];
    return require(file).handler;
  };

  beforeEach(async () => {
    accepted = 'token-1';
    ssm = await startSsm();
    ssm.write('uqudo', 'token-1');
    api = await listen(({ headers, url }, response) => {
      const good = headers.authorization === `Bearer ${accepted}`;
      response.writeHead(good ? 200 : 401).end(JSON.stringify({ url }));
    });
    for (const [name, value] of Object.entries({ ...ssm.environment, API_URL: api.origin })) {
      vi.stubEnv(name, value);
    }
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await Promise.all([ssm.close(), api.close()]);
  });

  test('calls the API with the token from SSM, which it reads once', async () => {
    const handler = load();
    expect(await handler({ id: 'a/1' })).toEqual({ url: '/scans/a%2F1' });
    expect(await handler({ id: '2' })).toEqual({ url: '/scans/2' });
    expect(ssm.reads()).toBe(1);
  });

  test('goes on after the token was replaced and the old one revoked', async () => {
    const handler = load();
    await handler({ id: '1' });
    ssm.write('uqudo', 'token-2');
    accepted = 'token-2';
    expect(await handler({ id: '2' })).toEqual({ url: '/scans/2' });
    expect(ssm.reads()).toBe(2);
    expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  test('fails with the API’s status, and without the token, where the API refuses it for good', async () => {
    accepted = 'another';
    const error = await load()({ id: '1' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ message: 'the API answered 401' });
  });
});
