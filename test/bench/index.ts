import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

/** `npm run bench -- <name> [--json]`: one benchmark a file, each beside its rivals in one run. */
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && !['index.ts', 'figures.ts', 'quiet-ssm.ts'].includes(file))
  .map((file) => file.replace('.ts', ''));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false } },
});
const [name = ''] = positionals;
if (!known.includes(name)) {
  console.error(`npm run bench -- <name> [--json], where <name> is one of ${known.join(', ')}`);
  process.exitCode = 1;
} else {
  const { run } = await import(`./${name}.ts`);
  await run(values);
}
