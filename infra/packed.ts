import { posix } from 'node:path';

/** The fields of the repository's manifest that the package has too. */
const KEPT = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'engines',
  'exports',
  'bin',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
] as const;

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

/**
 * The manifest of the package: no scripts, no Node binary, and of the dependencies those that its own modules import, in
 * ranges, so that an application and the package can share one copy.
 *
 * @param imported what the package's modules import
 */
export const packedManifest = (
  manifest: Manifest,
  imported: ReadonlySet<string>,
): Record<string, unknown> => {
  const dependencies = Object.fromEntries(
    Object.entries(manifest.dependencies)
      .filter(([name]) => imported.has(name))
      .map(([name, version]) => [name, `^${version}`]),
  );
  const packed: Manifest = { ...manifest, dependencies };
  return Object.fromEntries(KEPT.map((field) => [field, packed[field]]));
};

const NOTE = `> This is the installed package: constructs for [a CDK app of yours](docs/deploy.md#from-a-cdk-app-of-yours), the
> [reader](docs/reading-tokens.md) and the [command line](docs/operating.md), \`npx token-refresher\`. Commands that begin
> with \`npm\` or \`npx cdk\`, \`npm run ops --\` too, are those of the repository, as are files that are named without a link.
`;

/** The README of the package: that of the repository, and above it what is another matter in a package. */
export const packedReadme = (text: string): string => text.replace(/^(# .*\n)\n/, `$1\n${NOTE}\n`);

/**
 * A page of the package: links to what the package does not have become their text.
 *
 * @param path of the page, from the package's root
 * @param has whether the package has a file or directory, by its path from the root
 */
export const packedPage = (text: string, path: string, has: (path: string) => boolean): string =>
  text.replace(/^```[\s\S]*?^```|(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/gm, (found, words, target) => {
    if (target === undefined || /^(?:#|[a-z]+:)/.test(target)) return found;
    const [file = ''] = target.split('#');
    return has(posix.join(posix.dirname(path), file)) ? found : words;
  });
