import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, buildSync } from 'esbuild';
import { HANDLERS_DIRECTORY } from './handlers.ts';

const root = join(import.meta.dirname, '..');

/** One bundle per file: `functions/refresh.ts` becomes `refresh.cjs`, handler `refresh.handler`. */
const ENTRY_POINTS = ['refresh', 'watch', 'exchange', 'board', 'deployment'];

/**
 * Why these flags: CommonJS without dynamic import keeps undici unloaded (about 45 ms of a cold start), and the ESM
 * sources of a package shake better.
 */
export const bundleOptions = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  mainFields: ['module', 'main'] as string[],
  supported: { 'dynamic-import': false },
  alias: { '@aws-sdk/credential-provider-node': './infra/environment-credentials.ts' },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** Bundles every entry point into one directory, the asset of all functions. */
export const bundle = (directory = HANDLERS_DIRECTORY): void => {
  const { outputFiles } = buildSync({
    ...bundleOptions,
    entryPoints: ENTRY_POINTS.map((name) => `functions/${name}.ts`),
    outdir: directory,
    outExtension: { '.js': '.cjs' },
    write: false,
  });
  for (const { path, contents } of outputFiles) replace(path, contents);
};

// Several processes may bundle at once (tests): none may see a half-written file.
const replace = (path: string, contents: Uint8Array): void => {
  if (existsSync(path) && readFileSync(path).equals(contents)) return;
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, contents);
  renameSync(unfinished, path);
};

if (process.argv[1] === fileURLToPath(import.meta.url)) bundle();
