import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Code } from 'aws-cdk-lib/aws-lambda';

/** Where the bundles are: beside the sources, and in the published package. */
export const HANDLERS_DIRECTORY = join(import.meta.dirname, '..', 'dist', 'functions');

/** The one asset of every function. @throws Error where the bundles have not been made. */
export const handlers = (directory = HANDLERS_DIRECTORY): Code => {
  if (!existsSync(join(directory, 'refresh.cjs'))) {
    throw new Error(`there are no function bundles in ${directory}: run "npm run bundle"`);
  }
  return Code.fromAsset(directory, { exclude: ['*', '!*.cjs'] });
};
