import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, table } from './figures.ts';

const ROUNDS = 21;
/** What `--help` may take beyond node's own start, in milliseconds. */
const LIMIT_MS = 150;
const ROOT = join(import.meta.dirname, '../..');

/** How long `--help` of the command line takes beyond node's own start: from source, and as the package is built. */
export const run = ({ json }: { json: boolean }): void => {
  const directory = mkdtempSync(join(tmpdir(), 'ops-help-'));
  try {
    const empty = join(directory, 'empty.js');
    writeFileSync(empty, '');
    spawnSync('npm', ['run', '--silent', 'build:ops'], { cwd: ROOT, stdio: 'inherit' });
    const runs = {
      'node, empty file': [empty],
      'ops --help, built': [join(ROOT, 'dist/ops/infra/ops/index.js'), '--help'],
      'ops --help, source': [join(ROOT, 'infra/ops/index.ts'), '--help'],
      'ops refresh --help, source': [join(ROOT, 'infra/ops/index.ts'), 'refresh', '--help'],
    };
    const times = new Map<string, number[]>(Object.keys(runs).map((name) => [name, []]));
    // Round by round, so that whatever else the machine does falls on all of them.
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [name, args] of Object.entries(runs)) times.get(name)?.push(elapsed(args));
    }
    const start = median(times.get('node, empty file') ?? []);
    const results = [...times].map(([name, all]) => ({
      name,
      medianMs: Math.round(median(all)),
      beyondNodeMs: Math.round(median(all) - start),
    }));
    const slowest = Math.max(...results.map(({ beyondNodeMs }) => beyondNodeMs));
    if (json) console.log(JSON.stringify({ rounds: ROUNDS, limitMs: LIMIT_MS, results }, null, 2));
    else {
      table(
        ['', 'median ms', "beyond node's start ms"],
        results.map(({ name, medianMs, beyondNodeMs }) => [name, medianMs, beyondNodeMs]),
      );
      console.log(`${ROUNDS} fresh processes each; the limit is ${LIMIT_MS} ms beyond node's start`);
    }
    if (slowest > LIMIT_MS) process.exitCode = 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const elapsed = (args: readonly string[]): number => {
  const from = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stderr}`);
  return performance.now() - from;
};
