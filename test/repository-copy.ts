import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const FILES = ['README.md', 'cdk.json', 'package.json', 'tsconfig.json', 'vitest.config.ts'];

/** A copy of this repository to change, with the same modules. Answers its directory, for the caller to remove. */
export const copyRepository = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'repository-'));
  for (const name of [...FILES, 'docs', 'functions', 'infra', 'test']) {
    cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};
