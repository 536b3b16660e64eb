import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundle, bundleOptions } from '../../infra/bundle.ts';
import { CONNECTION } from '../connection.ts';
import { median, table } from './figures.ts';

const RUNS = 20;
const root = join(import.meta.dirname, '../..');

/**
 * Loads a bundle as Lambda's runtime does, which has its output streams and node:http open by then, and prints how long
 * that took, in milliseconds.
 */
const LOADER = `
const { performance } = require('node:perf_hooks');
require('node:http');
[process.stdout, process.stderr];
const from = performance.now();
require(process.argv[1]);
console.log(performance.now() - from);
`;

/** Cold start of the deployed bundle: load time in fresh processes, beside its floor and its usual rival. */
export const run = ({ json }: { json: boolean }): void => {
  // Inside the project, so that what is external resolves as it does from /var/runtime.
  const directory = mkdtempSync(join(root, 'dist/cold-start-'));
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
      'the two SDK clients (floor)': build('floor'),
      'token-refresher': join(directory, 'refresh.cjs'),
      'SDK external, axios, simple-oauth2, zod (rival)': build('rival', {
        external: ['@aws-sdk/*'],
        alias: {},
      }),
    };
    const times = new Map(Object.keys(subjects).map((name) => [name, [] as number[]]));
    // Interleaved, so that whatever else the machine does hits all alike.
    for (let i = 0; i < RUNS; i += 1) {
      for (const [name, file] of Object.entries(subjects)) times.get(name)?.push(load(file));
    }
    const [, floor = 0, ours = 0, rival = 0] = [...times.values()].map(median);
    const bundleBytes = statSync(subjects['token-refresher']).size;
    const result = { ratioToFloor: round(ours / floor), ratioToRival: round(ours / rival), bundleBytes };
    if (json) {
      console.log(JSON.stringify(result));
      return;
    }
    table(
      ['bundle', 'load ms (median of 20)', 'KB'],
      Object.entries(subjects).map(([name, file]) => [
        name,
        median(times.get(name) ?? []).toFixed(1),
        (statSync(file).size / 1024).toFixed(0),
      ]),
    );
    console.log(
      `${result.ratioToFloor} × the floor, ${result.ratioToRival} × the rival, ${bundleBytes} bytes`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const load = (file: string): number =>
  Number(
    execFileSync(process.execPath, ['-e', LOADER, file], {
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'benchmark',
        AWS_SECRET_ACCESS_KEY: 'benchmark',
        CONNECTION: JSON.stringify(CONNECTION),
      },
    }),
  );

const round = (value: number): number => Math.round(value * 1000) / 1000;
