import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, WORKSHOP } from './child.ts';

/** A part's independent software: installed, or why it cannot be had here. */
export type Installed = { readonly directory: string } | { readonly missing: string };

/** What package clients say of a registry they cannot reach or that has not got the package. */
const OUT_OF_REACH =
  /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[34]|NewConnectionError|ConnectTimeout|ProxyError|Name or service not known|Temporary failure in name resolution|no such host|i\/o timeout|connection refused|Could not transfer artifact|Could not find artifact|Network is unreachable/i;

/**
 * Installs once into a directory of `.e2e`, again where what is to be installed has changed.
 *
 * A registry or a tool that is not to be had is loudly said and makes a part skipped. Everything else that goes wrong,
 * such as a wrong hash, is an error.
 */
export const install = async (
  name: string,
  wanted: string,
  make: (directory: string) => Promise<void>,
): Promise<Installed> => {
  const directory = join(WORKSHOP, name);
  const stamp = join(directory, '.installed');
  const hash = createHash('sha256').update(wanted).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return { directory };
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  console.log(`installing ${name} …`);
  const start = Date.now();
  try {
    await make(directory);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const absent = /spawn (\S+) ENOENT/.exec(text)?.[1];
    const reason =
      absent !== undefined
        ? `${absent} is not on this machine`
        : OUT_OF_REACH.test(text)
          ? 'its registry cannot be reached'
          : null;
    if (reason === null) throw error;
    const missing = `${name} cannot be installed: ${reason}`;
    console.error(`\n!!! SKIPPED: ${missing} !!!\n${text.slice(-1000)}\n`);
    return { missing };
  }
  writeFileSync(stamp, hash);
  console.log(`installed ${name} in ${Math.round((Date.now() - start) / 1000)} s`);
  return { directory };
};

/** A virtual environment with exactly the packages of a requirements file, each checked by its hash. */
export const installPython = (requirements: string): Promise<Installed> => {
  const file = join(import.meta.dirname, 'requirements', `${requirements}.txt`);
  return install(requirements, readFileSync(file, 'utf8'), async (directory) => {
    await run('python3', ['-m', 'venv', directory]);
    await run(join(directory, 'bin', 'python'), [
      ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2'],
      ...['--require-hashes', '--no-deps', '--requirement', file],
    ]);
  });
};

/** The version a requirements file pins. @throws Error where it pins none */
export const pinned = (requirements: string, name: string): string => {
  const file = join(import.meta.dirname, 'requirements', `${requirements}.txt`);
  const found = new RegExp(`^${name}==(\\S+)`, 'm').exec(readFileSync(file, 'utf8'))?.[1];
  if (found === undefined) throw new Error(`${requirements}.txt does not pin ${name}`);
  return found;
};
