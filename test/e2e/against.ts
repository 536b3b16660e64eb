import { beforeEach } from 'vitest';
import type { Installed } from './install.ts';

/** Says what the tests of a file are tried against, and skips them all where that cannot be had. */
export const against = (what: string, installed: Installed): void => {
  beforeEach(({ task, skip }) => {
    if ('missing' in installed) skip(installed.missing);
    task.file.meta.against = what;
  });
};
