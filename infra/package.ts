import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * `npm run package -- [directory]`: builds the package and packs it into a directory, the current one by default. Its
 * manifest differs from the repository's: no scripts, no Node binary, and only the dependencies that its own modules
 * import, since the functions are bundled.
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
const {
  name,
  version,
  description,
  license,
  type,
  engines,
  exports,
  bin,
  peerDependencies,
  peerDependenciesMeta,
} = manifest;
const dependencies = Object.fromEntries(
  Object.entries<string>(manifest.dependencies).filter(([dependency]) => names.has(dependency)),
);
writeFileSync(
  join(staged, 'package.json'),
  `${JSON.stringify({ name, version, description, license, type, engines, exports, bin, dependencies, peerDependencies, peerDependenciesMeta }, null, 2)}\n`,
);
run('pack', '--silent', '--pack-destination', resolve(process.argv[2] ?? '.'), staged);
