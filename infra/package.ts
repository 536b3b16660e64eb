import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { packedManifest, packedPage, packedReadme } from './packed.ts';

/**
 * `npm run package -- [directory]`: builds the package and packs it into a directory, the current one by default, with a
 * manifest and pages of its own.
 */
const root = join(import.meta.dirname, '..');
const staged = join(root, 'dist', 'package');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const run = (...args: string[]) =>
  execFileSync('npm', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });

const imported = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(?:js|d\.ts)$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(directory, file), 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g),
    ])
    .map(([, name = '']) => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name);

run('run', '--silent', 'build');
rmSync(staged, { recursive: true, force: true });
mkdirSync(staged, { recursive: true });
for (const entry of [
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
  'docs',
  'dist/functions',
  'dist/lib',
  'dist/ops',
  'dist/reader',
]) {
  cpSync(join(root, entry), join(staged, entry), { recursive: true });
}
const names = new Set(['lib', 'ops', 'reader'].flatMap((part) => imported(join(root, 'dist', part))));
writeFileSync(join(staged, 'package.json'), `${JSON.stringify(packedManifest(manifest, names), null, 2)}\n`);
const has = (path: string) => existsSync(join(staged, path));
for (const path of readdirSync(staged, { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.md')) continue;
  const page = packedPage(readFileSync(join(staged, path), 'utf8'), path.replaceAll('\\', '/'), has);
  writeFileSync(join(staged, path), path === 'README.md' ? packedReadme(page) : page);
}
run('pack', '--silent', '--pack-destination', resolve(process.argv[2] ?? '.'), staged);
