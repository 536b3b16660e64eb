import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One temporary directory for a whole test run: what a test, CDK or npm leaves in it goes with it. */
export const setup = (): (() => void) => {
  const directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
  process.env['TMPDIR'] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
};
