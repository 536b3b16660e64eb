import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

// These sources are at one depth in the repository and at another in the published package.
const packageRoot = (directory: string): string =>
  existsSync(join(directory, 'package.json')) ? directory : packageRoot(dirname(directory));

/** Where the bundles are, one for each entry point. */
export const HANDLERS_DIRECTORY = join(packageRoot(import.meta.dirname), 'dist', 'functions');

/** The one asset of every function. @throws Error where the bundles have not been made. */
export const handlers = (directory = HANDLERS_DIRECTORY): Code => {
  if (!existsSync(join(directory, 'refresh.cjs'))) {
    throw new Error(`there are no function bundles in ${directory}: run "npm run bundle"`);
  }
  return Code.fromAsset(directory, { exclude: ['*', '!*.cjs'] });
};
