import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';
import { PARTS } from './parts.ts';

const usage = `npm run e2e [-- --full] [-- PART …]   parts: ${Object.keys(PARTS).join(', ')}`;
const { values, positionals } = parseArgs({
  options: { full: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const stranger = positionals.find((name) => !Object.hasOwn(PARTS, name));
if (stranger !== undefined) {
  console.error(`there is no part "${stranger}"\n${usage}`);
  process.exit(2);
}
const chosen = Object.entries(PARTS).filter(([name, { full }]) =>
  positionals.length > 0 ? positionals.includes(name) : values.full || !full,
);

const vitest = await startVitest(
  'test',
  chosen.map(([, { file }]) => file),
  { config: 'test/e2e/vitest.config.ts' },
);
await vitest?.close();
