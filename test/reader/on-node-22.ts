// `npm run test:node22`: the built reader on the oldest Node it promises to run on, whose binary npm has.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const binary = `node-${process.platform}-${process.arch}@22.23.3`;
const smoke = fileURLToPath(new URL('smoke.ts', import.meta.url));
const npm = (...args: string[]) =>
  spawnSync('npm', ['exec', '--yes', `--package=${binary}`, '--', ...args], { encoding: 'utf8' });

const version = npm('node', '--version');
if (version.status !== 0) {
  process.stdout.write(`SKIPPED: ${binary} cannot be had from the registry\n`);
} else {
  const { stdout, stderr, status } = npm('node', smoke);
  const expected = JSON.stringify({ node: '22', reads: 1, read: true, fetched: true, inContext: true });
  const passed = status === 0 && stdout.trim() === expected;
  process.stdout.write(
    passed ? `passed on ${version.stdout}` : `FAILED on ${version.stdout}${stdout}${stderr}\n`,
  );
  process.exitCode = passed ? 0 : 1;
}
