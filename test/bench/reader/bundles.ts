import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { median } from '../figures.ts';

const RUNS = 20;
const root = join(import.meta.dirname, '../../..');
const NAME = "'/token-refresher/tokens/uqudo'";

/** What each reader's user writes to read a token. */
const SOURCES = {
  'the SDK alone (floor)': `
    import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
    export const read = () => new SSMClient({}).send(new GetParametersCommand({ Names: [${NAME}] }));`,
  'token-refresher/reader': `
    import { getToken } from './functions/reader/index.ts';
    export const read = () => getToken('uqudo');`,
  'token-refresher/reader, all of it': "export * from './functions/reader/index.ts';",
  'Powertools getParameter': `
    import { getParameter } from '@aws-lambda-powertools/parameters/ssm';
    export const read = () => getParameter(${NAME}, { decrypt: true, maxAge: 780 });`,
  '@middy/ssm': `
    import ssm from '@middy/ssm';
    export const read = () => ssm({ fetchData: { token: ${NAME} }, cacheExpiry: 780_000, setToContext: true });`,
  'plain SDK, module variable': `
    import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
    const ssm = new SSMClient({});
    let cached = { token: '', until: 0 };
    export const read = async () => {
      const now = Date.now();
      if (now < cached.until) return cached.token;
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: ${NAME}, WithDecryption: true }));
      cached = { token: Parameter.Value, until: now + 780_000 };
      return cached.token;
    };`,
};

/** Loads the SDK first, so that only what comes on top is measured; prints milliseconds. */
const LOADER = `
const { performance } = require('node:perf_hooks');
require('node:http');
[process.stdout, process.stderr];
const [withSdk, beyondSdk, kind] = process.argv.slice(1);
if (kind === 'beyond') require('@aws-sdk/client-ssm');
const from = performance.now();
require(kind === 'beyond' ? beyondSdk : withSdk);
console.log(performance.now() - from);
`;

/** Of one reader: bundle bytes beyond the SDK, and load times in fresh processes (medians, milliseconds). */
export interface BundleFigures {
  readonly bytes: number;
  readonly loadMs: number;
  readonly loadBeyondSdkMs: number;
}

/** Bundles each reader with and without the SDK, minified as for Lambda, and loads it in fresh processes. */
export const measureBundles = (): ReadonlyMap<string, BundleFigures> => {
  mkdirSync(join(root, 'dist'), { recursive: true });
  // Inside the project, so that the SDK resolves where it is external.
  const directory = mkdtempSync(join(root, 'dist/reader-bundles-'));
  try {
    const subjects = Object.entries(SOURCES).map(([name, contents], index) => {
      const build = (kind: string, external: string[]) => {
        const outfile = join(directory, `${index}-${kind}.cjs`);
        const { metafile } = buildSync({
          stdin: { contents, resolveDir: root, loader: 'ts' },
          absWorkingDir: root,
          outfile,
          external,
          metafile: true,
          bundle: true,
          minify: true,
          platform: 'node',
          target: 'node24',
          format: kind === 'bytes' ? 'esm' : 'cjs',
          mainFields: ['module', 'main'],
          supported: { 'dynamic-import': false },
        });
        return { outfile, bytes: Object.values(metafile.outputs)[0]?.bytes ?? Number.NaN };
      };
      const sdk = ['@aws-sdk/*', '@smithy/*'];
      return {
        name,
        bytes: build('bytes', sdk).bytes,
        files: [build('whole', []).outfile, build('beyond', sdk).outfile],
        whole: [] as number[],
        beyond: [] as number[],
      };
    });
    // Interleaved, so that whatever else the machine does hits all alike.
    for (let i = 0; i < RUNS; i += 1) {
      for (const { files, whole, beyond } of subjects) {
        whole.push(load(directory, ...files, 'whole'));
        beyond.push(load(directory, ...files, 'beyond'));
      }
    }
    return new Map(
      subjects.map(({ name, bytes, whole, beyond }) => [
        name,
        { bytes, loadMs: median(whole), loadBeyondSdkMs: median(beyond) },
      ]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const load = (cwd: string, ...args: string[]): number =>
  Number(
    execFileSync(process.execPath, ['-e', LOADER, ...args], {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        AWS_REGION: 'eu-central-1',
        AWS_ACCESS_KEY_ID: 'benchmark',
        AWS_SECRET_ACCESS_KEY: 'benchmark',
      },
    }),
  );
