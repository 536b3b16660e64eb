import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { ops } from './terminal.ts';

const VERBS = [
  'status',
  'explain',
  'refresh',
  'pause',
  'resume',
  'verify',
  'credentials set',
  'credentials check',
  'try',
  'exchange',
];

describe('help', () => {
  it.each(VERBS)('of %s shows its arguments, what every verb takes, and examples', async (verb) => {
    const { code, out } = await ops([...verb.split(' '), '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: token-refresher ${verb}`);
    for (const option of ['--region', '--profile', '--prefix', '--debug']) expect(out).toContain(option);
    expect(out).toMatch(new RegExp(`Examples:\n  token-refresher ${verb}`));
  });

  it('names the verbs and the exit codes', async () => {
    const { out } = await ops(['--help']);
    for (const verb of VERBS) expect(out).toContain(`\n  ${verb.split(' ')[0]}`);
    expect(out).toContain('2  a connection needs attention');
    expect(out).toContain('130  cancelled');
  });

  it('loads neither the AWS SDK nor anything to draw with', () => {
    const list = `
      import { registerHooks } from 'node:module';
      registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
      await import('./infra/ops/index.ts');`;
    const { stdout } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', list, '--', 'index.ts', '--help'],
      {
        encoding: 'utf8',
      },
    );
    expect(stdout).toContain('commander');
    expect(stdout).toContain('Exit codes:');
    expect(stdout).not.toMatch(/@aws-sdk|@smithy|ora\/|cli-table3|@clack|p-map|pretty-ms/);
  });
});

describe('the version', () => {
  it('is that of the package', async () => {
    expect(await ops(['--version'])).toMatchObject({ code: 0, out: `${manifest.version}\n`, err: '' });
  });
});

describe('a mistyped command line', () => {
  it('is told with the verb that was meant, and fails', async () => {
    const { code, out, err } = await ops(['stauts']);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain("unknown command 'stauts'");
    expect(err).toContain('Did you mean status?');
  });

  it.each([
    [['explain'], "missing required argument 'connection'"],
    [['pause', 'uqudo'], "required option '--for <duration>' not specified"],
    [['status', '--jsn'], "unknown option '--jsn'"],
    [['credentials', 'set', 'uqudo', 'a-secret'], 'too many arguments'],
  ])('%j fails', async (args, message) => {
    const { code, err } = await ops(args);
    expect(code).toBe(1);
    expect(err).toContain(message);
  });
});

describe('colours', () => {
  const help = (env: NodeJS.ProcessEnv) =>
    spawnSync(process.execPath, ['infra/ops/index.ts', '--help'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...env },
    }).stdout;

  it('are not sent to a pipe unless forced', () => {
    expect(help({ TERM: 'xterm-256color' })).not.toContain('\u001b');
    expect(help({ FORCE_COLOR: '1' })).toContain('\u001b[1m');
  });
});
