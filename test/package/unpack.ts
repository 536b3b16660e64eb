import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '..', '..');
const execute = promisify(execFile);

/** Packs the package as it is published, and unpacks it into a directory as npm does. */
export const unpackPackage = async (directory: string): Promise<void> => {
  const packed = mkdtempSync(join(tmpdir(), 'packed-'));
  try {
    await execute(process.execPath, [join(ROOT, 'infra', 'package.ts'), packed], { cwd: ROOT });
    const tarball = readdirSync(packed).find((name) => name.endsWith('.tgz')) ?? '';
    mkdirSync(directory, { recursive: true });
    await execute('tar', ['-xzf', join(packed, tarball), '--strip-components=1', '-C', directory]);
  } finally {
    rmSync(packed, { recursive: true, force: true });
  }
};
