import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { bundle, bundleOptions } from '../../infra/bundle.ts';
import { median, table } from './figures.ts';
import { quietSsm } from './quiet-ssm.ts';

const RUNS = 20;
const root = join(import.meta.dirname, '../..');

/**
 * Loads a bundle as Lambda's runtime does, which has its output streams and node:http open by then, and runs it once.
 * Tells in milliseconds how long both took, on standard error: the handler logs to the other.
 */
const LOADER = `
const { performance } = require('node:perf_hooks');
require('node:http');
[process.stdout, process.stderr];
const from = performance.now();
const { handler } = require(process.argv[1]);
const loaded = performance.now();
const report = () => {
  process.stderr.write(JSON.stringify({ load: loaded - from, run: performance.now() - loaded }));
  process.exit();
};
handler({}, { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 60_000 }).then(report, report);
`;

const FLOOR = 'the two SDK clients (floor)';
const OURS = 'token-refresher';
const RIVAL = 'SDK external, axios, simple-oauth2, zod (rival)';

/** Cold start of the deployed bundle in fresh processes, beside its floor and its usual rival. */
export const run = async ({ json }: { json: boolean }): Promise<void> => {
  // Inside the project, so that what is external resolves as it does from /var/runtime.
  const directory = mkdtempSync(join(root, 'dist/cold-start-'));
  const ssm = await quietSsm();
  try {
    bundle(directory);
    const build = (name: string, changes = {}) => {
      const outfile = join(directory, `${name}.cjs`);
      buildSync({
        ...bundleOptions,
        entryPoints: [join(import.meta.dirname, `cold-start/${name}.ts`)],
        outfile,
        ...changes,
      });
      return outfile;
    };
    const subjects = {
      empty: build('empty'),
      'the two SDK clients, not yet made': build('imported'),
      [FLOOR]: build('floor'),
      [OURS]: join(directory, 'refresh.cjs'),
      [RIVAL]: build('rival', { external: ['@aws-sdk/*'], alias: {} }),
    };
    const times = Object.entries(subjects).map(([name, file]) => ({
      name,
      file,
      load: [] as number[],
      run: [] as number[],
    }));
    // Interleaved, so that whatever else the machine does hits all alike.
    for (let i = 0; i < RUNS; i += 1) {
      for (const { file, load, run } of times) {
        const took = await start(file, ssm.env);
        load.push(took.load);
        run.push(took.run);
      }
    }
    const loadOf = (subject: string) => median(times.find(({ name }) => name === subject)?.load ?? []);
    const bundleBytes = statSync(subjects[OURS]).size;
    const result = {
      ratioToFloor: round(loadOf(OURS) / loadOf(FLOOR)),
      ratioToRival: round(loadOf(OURS) / loadOf(RIVAL)),
      bundleBytes,
    };
    if (json) {
      console.log(JSON.stringify(result));
      return;
    }
    table(
      ['bundle', 'load ms (median of 20)', '× floor', 'first run ms', 'KB'],
      times.map(({ name, file, load, run }) => [
        name,
        median(load).toFixed(1),
        (median(load) / loadOf(FLOOR)).toFixed(2),
        name === RIVAL ? '-' : median(run).toFixed(1),
        (statSync(file).size / 1024).toFixed(0),
      ]),
    );
    console.log(
      `${result.ratioToFloor} × the floor, ${result.ratioToRival} × the rival, ${bundleBytes} bytes\n` +
        'The first run of token-refresher is a quiet tick; that of the clients is the three calls of a refresh.',
    );
  } finally {
    ssm.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

const start = async (file: string, env: Readonly<Record<string, string | undefined>>) => {
  const { stderr } = await promisify(execFile)(process.execPath, ['-e', LOADER, file], {
    encoding: 'utf8',
    env,
  });
  return JSON.parse(stderr) as { load: number; run: number };
};

const round = (value: number): number => Math.round(value * 1000) / 1000;
