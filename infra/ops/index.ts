#!/usr/bin/env node
import { run } from './run.ts';
import { world } from './world.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `… | head` has read enough.
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await run(process.argv.slice(2), world());
