import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { synthesize } from '../../infra/local/synthesize.ts';
import { copyRepository } from '../repository-copy.ts';

// Each of these starts processes that start processes.
vi.setConfig({ testTimeout: 120_000 });

const ROOT = join(import.meta.dirname, '../..');
const started: ChildProcess[] = [];
const groups: number[] = [];
let temporary = '';
let cache = '';
let env: Record<string, string> = {};
const STDIO: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
beforeAll(() => {
  cache = mkdtempSync(join(tmpdir(), 'token-refresher-cache-'));
  temporary = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
  env = { PATH: process.env['PATH'] ?? '', TMPDIR: temporary, CACHE_DIR: cache };
});
afterAll(() => {
  for (const directory of [temporary, cache]) rmSync(directory, { recursive: true });
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  for (const group of groups.splice(0)) endGroup(group);
});

/** Whatever is left of a process group. */
const endGroup = (group: number) => {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if (Object(error).code !== 'ESRCH') throw error;
  }
};

/** `npm start -- …` without npm; temporary files go to a directory of their own. */
const start = (...argv: string[]) => startIn(ROOT, ...argv);

const startIn = (cwd: string, ...argv: string[]) =>
  watched(spawn(process.execPath, ['infra/local/start.ts', ...argv], { cwd, env, stdio: STDIO }));

/** `npm start -- …` as it is: npm, its shell and the program, in a process group of their own. */
const startByNpm = (...argv: string[]) => {
  const running = watched(
    spawn('npm', ['start', '--silent', '--', ...argv], { cwd: ROOT, env, stdio: STDIO, detached: true }),
  );
  groups.push(running.child.pid ?? 0);
  return running;
};

const watched = (child: ChildProcessByStdio<null, Readable, Readable>) => {
  started.push(child);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, output, ended };
};

describe('npm start -- --once', () => {
  it('answers with one JSON array, and knows the pass before', async () => {
    const first = start('--once', '--json', '--stage', 'production');
    expect(await first.ended).toBe(0);
    const answers: { connection: string; outcome: string }[] = JSON.parse(first.output.stdout);
    expect(Object.fromEntries(answers.map(({ connection, outcome }) => [connection, outcome]))).toEqual({
      uqudo: 'refreshed',
      'uae-pass': 'reauthorization-required',
      'screening-eagle': 'refreshed',
      'alternative-payments': 'refreshed',
      'igni-acme': 'refreshed',
    });
    const second = start('--once', '--only', 'uqudo', '--stage', 'production');
    expect(await second.ended).toBe(0);
    expect(second.output.stdout).toMatch(/^connection +state +expires in.*\nuqudo +fresh +\d+m/);
    const third = start('--once', '--json', '--only', 'uqudo', '--stage', 'production');
    await third.ended;
    expect(JSON.parse(third.output.stdout)).toMatchObject([{ connection: 'uqudo', outcome: 'fresh' }]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('exits 1 where a connection is not as it should be', async () => {
    const argv = ['--once', '--json', '--reset', '--only', 'uqudo', '--fault', 'uqudo=rejected'];
    const { ended, output } = start(...argv, '--stage', 'production');
    expect(await ended).toBe(1);
    expect(JSON.parse(output.stdout)).toMatchObject([{ connection: 'uqudo', state: 'blocked' }]);
    expect(output.stderr).toMatch(/^uqudo is not as it should be: .* \(the simulated provider: .*\)$/m);
  });

  it('says what it does not know in one line', async () => {
    const { ended, output } = start('--once', '--only', 'nobody');
    expect(await ended).toBe(1);
    expect(output.stdout).toBe('');
    expect(output.stderr).toMatch(/\nerror: there is no connection "nobody": known are uqudo, .*\n$/);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('says each wrong setting of a stage in one line, and nothing of where it was found', async () => {
    const copy = copyRepository();
    const file = join(copy, 'infra/stages.ts');
    const stages = readFileSync(file, 'utf8').replace("provider: 'uqudo'", "provider: 'uqodo'");
    writeFileSync(file, stages.replace("workspace: 'acme'", "workspace: 'acme.example'"));
    const { ended, output } = startIn(copy, '--once');
    expect(await ended).toBe(1);
    rmSync(copy, { recursive: true });
    expect(output.stderr.split('\n')).toEqual([
      'Synthesizing the stack',
      expect.stringMatching(/^error: connection "uqudo": there is no provider "uqodo": known are uqudo, .*$/),
      expect.stringMatching(/^connection "igni-acme": igni: workspace must be one DNS label .*$/),
      '',
    ]);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

describe('npm start', () => {
  it('prints a line for every change where nobody watches, and leaves nothing behind', async () => {
    const { child, output, ended } = start('--only', 'uqudo');
    await expect.poll(() => output.stdout, { timeout: 60_000 }).toMatch(/uqudo: fresh, refreshed: version 1/);
    expect(output.stdout).toMatch(/^Board: http:\/\/127\.0\.0\.1:\d+\n/);
    expect(output.stdout).toContain('aws ssm get-parameter --name /token-refresher/tokens/uqudo');
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('with --serve prints the environment to export', async () => {
    const { child, output, ended } = start('--serve', '--only', 'uqudo');
    await expect.poll(() => output.stdout, { timeout: 60_000 }).toContain('\n');
    expect(output.stdout).toMatch(
      /^export AWS_ENDPOINT_URL=http:\/\/127\.0\.0\.1:\d+ AWS_REGION=\S+ AWS_DEFAULT_REGION=\S+ AWS_ACCESS_KEY_ID=\S+ AWS_SECRET_ACCESS_KEY=\S+\n$/,
    );
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('stops and leaves nothing behind where npm is killed, which passes no signal on to the program', async () => {
    const { child, output } = startByNpm('--serve', '--only', 'uqudo');
    await expect.poll(() => output.stderr, { timeout: 60_000 }).toMatch(/uqudo: fresh/);
    const [, endpoint = ''] = /AWS_ENDPOINT_URL=(\S+)/.exec(output.stdout) ?? [];
    expect(await answers(endpoint)).toBe(true);
    child.kill('SIGTERM');
    await expect.poll(() => answers(endpoint), { timeout: 20_000 }).toBe(false);
    // npm keeps a cache of its own there.
    const left = () => readdirSync(temporary).filter((name) => name.startsWith('token-refresher-'));
    await expect.poll(left, { timeout: 20_000 }).toEqual([]);
    rmSync(join(temporary, 'node-compile-cache'), { recursive: true, force: true });
  });

  it('stops and leaves nothing behind where nobody reads any more', async () => {
    const { child, output, ended } = start('--only', 'uqudo');
    await expect.poll(() => output.stdout, { timeout: 60_000 }).toContain('Board:');
    child.stdout.destroy();
    expect(await ended).toBe(0);
    expect(readdirSync(temporary)).toEqual([]);
  });
});

/** Whether anything listens there. */
const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('synthesizing', () => {
  it('gives an assembly that is removed again', async () => {
    const { directory, remove } = await synthesize({ stage: 'production' });
    expect(existsSync(join(directory, 'token-refresher-production.template.json'))).toBe(true);
    remove();
    expect(existsSync(directory)).toBe(false);
  });

  it('fails with what the app said and nothing around it', async () => {
    await expect(synthesize({ stage: 'nope' })).rejects.toThrow(
      /^there is no stage "nope": infra\/stages.ts has .*$/,
    );
  });
});
