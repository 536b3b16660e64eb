import { Command, InvalidArgumentError, Option } from 'commander';
import { type Fault, parseFault } from './faults.ts';

/** What the command line asks for. */
export interface Options {
  readonly mode: 'live' | 'once' | 'serve';
  /** 1 to 120. */
  readonly speed: number;
  /** Undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly faults: readonly Fault[];
  readonly stage: string | undefined;
  readonly json: boolean;
  readonly reset: boolean;
}

const MAX_SPEED = 120;
const LIVE_SPEED = 60;

interface Given {
  readonly speed?: number;
  readonly only?: readonly string[];
  readonly fault?: readonly Fault[];
  readonly stage?: string;
  readonly once?: boolean;
  readonly json?: boolean;
  readonly reset?: boolean;
  readonly serve?: boolean;
}

const EXAMPLES = `
Examples:
  npm start
  npm start -- --speed 120 --only igni-acme
  npm start -- --fault uqudo=outage:20s@30s --fault ssm=throttle:0.3
  npm start --silent -- --once --json
  npm start -- --serve

Faster are lifetimes, renewals and ticks, and not what the functions wait for: a blocked connection is tried every 30
minutes at any speed, and at once by npm run ops -- refresh CONNECTION --force.

A fault is target=kind[:argument][@start], in wall-clock time. The target is a connection (outage, reset, html,
garbage, redirect, drip, bomb, rejected, same-token, revoke: how long; latency: delay; 429: Retry-After in seconds),
ssm (throttle: probability; denied: how long; latency, stale: delay; crash: count) or secretsmanager (throttle, denied,
latency). AWS_ENDPOINT_URL replaces the embedded endpoint.`;

/**
 * Reads the arguments of `npm start --`. Prints help or one line that says what to write, and ends the process, where
 * there is nothing to start.
 */
export const readOptions = (argv: readonly string[], program = new Command()): Options => {
  const given = program
    .name('npm start --')
    .usage('[options]')
    .description('Runs the synthesized stack on this machine, without AWS, against simulated providers.')
    .helpOption('-h, --help', 'show this')
    .allowExcessArguments(false)
    .addOption(
      new Option(
        '--speed <factor>',
        `how much faster time passes, 1 to ${MAX_SPEED} (${LIVE_SPEED})`,
      ).argParser(speed),
    )
    .addOption(
      new Option('--only <connection>', 'run this connection only; can be repeated').argParser(
        (name: string, before: readonly string[] = []) => [...before, name],
      ),
    )
    .addOption(
      new Option('--fault <fault>', 'break something; can be repeated').argParser(
        (text: string, before: readonly Fault[] = []) => [...before, fault(text)],
      ),
    )
    .addOption(new Option('--stage <name>', 'the stage of infra/stages.ts to run'))
    .addOption(new Option('--once', 'one pass over every connection at speed 1'))
    .addOption(new Option('--json', 'with --once: the answers as one JSON array'))
    .addOption(new Option('--reset', 'with --once: forget the passes before'))
    .addOption(new Option('--serve', 'print the environment to export, and run at speed 1 until Ctrl-C'))
    .addHelpText('after', EXAMPLES)
    .parse(argv, { from: 'user' })
    .opts<Given>();
  if (given.once && given.speed !== undefined) {
    program.error('error: --once runs at speed 1: leave out --speed');
  }
  if (given.once && given.serve) {
    program.error('error: --once and --serve exclude each other: write one of them');
  }
  for (const name of ['json', 'reset'] as const) {
    if (given[name] && !given.once)
      program.error(`error: --${name} goes with --once: write --once --${name}`);
  }
  const mode = given.once ? 'once' : given.serve ? 'serve' : 'live';
  return {
    mode,
    speed: given.speed ?? (mode === 'live' ? LIVE_SPEED : 1),
    only: given.only,
    faults: given.fault ?? [],
    stage: given.stage,
    json: given.json ?? false,
    reset: given.reset ?? false,
  };
};

const speed = (text: string): number => {
  const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 1 && number <= MAX_SPEED) return number;
  throw new InvalidArgumentError(`Write a number from 1 to ${MAX_SPEED}, such as --speed ${LIVE_SPEED}.`);
};

const fault = (text: string): Fault => {
  try {
    return parseFault(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
};
