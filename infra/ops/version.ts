import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** That of the package this file is in: the repository, or the package that was built of it. */
export const version = (): string =>
  JSON.parse(readFileSync(manifestAbove(import.meta.dirname), 'utf8')).version;

const manifestAbove = (directory: string): string => {
  const manifest = join(directory, 'package.json');
  return existsSync(manifest) ? manifest : manifestAbove(join(directory, '..'));
};
