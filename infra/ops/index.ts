#!/usr/bin/env node
import module from 'node:module';

// Compiled and type-stripped code is kept between runs: it halves the start. Node 22 has it from 22.8 on.
module.enableCompileCache?.();
const { run } = await import('./run.ts');
const { world } = await import('./world.ts');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `… | head` has read enough.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), world());
