import { CommanderError } from 'commander';
import { EXIT, type ExitCode } from './exit.ts';
import { program } from './program.ts';
import type { World } from './world.ts';

/** Runs one command line, without the two words that start it. Answers the exit code; throws nothing. */
export const run = async (args: readonly string[], world: World): Promise<number> => {
  let code: ExitCode = EXIT.ok;
  const commands = program(world, (result) => {
    code = result;
  });
  try {
    await commands.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    // Commander has said already what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode;
    const { debugLines, sentenceFor, exitCodeOf } = await import('./errors.ts');
    const { debug = false, ...options } = commands.opts<{ debug?: boolean; prefix: string }>();
    world.stderr.write(`error: ${sentenceFor(error, options)}\n`);
    if (debug) world.stderr.write(`${debugLines(error).join('\n')}\n`);
    return exitCodeOf(error);
  }
};
