import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const page = readFileSync(fileURLToPath(new URL('../../docs/reading-tokens.md', import.meta.url)), 'utf8');

/** The code blocks of docs/reading-tokens.md that name a file, by that name. */
export const snippets: ReadonlyMap<string, string> = new Map(
  [...page.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)].map(([, name = '', code = '']) => [name, code]),
);

/** A code block of the page. @throws Error where the page has none of that name */
export const snippet = (name: string): string => {
  const found = snippets.get(name);
  if (found === undefined) throw new Error(`docs/reading-tokens.md has no code block file=${name}`);
  return found;
};

/** The table of cache times: one record per provider, numbers as they are written. */
export const cacheTimes = [
  ...page.matchAll(/^\| `([\w-]+)` \| (\d+) s \| (\d+) \| (\d+) \| (\d+) \|$/gm),
].map(([, provider = '', ...numbers]) => {
  const [lifetime = 0, safeCache = 0, middy = 0, extension = 0] = numbers.map(Number);
  return { provider, lifetime, safeCache, middy, extension };
});

/** How many code blocks the page has, named or not. */
export const blockCount = [...page.matchAll(/^```\w/gm)].length;
