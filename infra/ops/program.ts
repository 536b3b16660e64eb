import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { DEFAULT_PREFIX } from '../names.ts';
import type { Place } from './aws.ts';
import type { ExitCode } from './exit.ts';
import { version } from './version.ts';
import { self, type World } from './world.ts';

/** What every verb can be told. */
export interface Global {
  readonly prefix: string;
  readonly region?: string;
  readonly profile?: string;
  readonly debug?: boolean;
}

const EXIT_CODES = `
Exit codes:
  0  all fresh, or done
  1  the command could not do its work
  2  a connection needs attention; credentials: not known to work; try, exchange: no token
  3  a token has expired
  130  cancelled at a prompt`;

/**
 * Every verb with its arguments, options and examples. A verb's own file is loaded when the verb runs, so that help
 * is quick.
 */
export const program = (world: World, exit: (code: ExitCode) => void): Command => {
  const name = self(world);
  const root = new Command(name)
    .usage('<verb> [options]')
    .description('Looks after the connections of a deployed token refresher.')
    .version(version(), '--version', 'show the version')
    .option('--region <region>', 'AWS region (default: the one AWS is configured for)')
    .option('--profile <profile>', 'AWS profile (default: the one AWS is configured for)')
    .addOption(
      new Option('--prefix <prefix>', 'what the names of its parameters begin with')
        .env('TOKEN_REFRESHER_PREFIX')
        .default(DEFAULT_PREFIX)
        .argParser(withoutSlash),
    )
    .option('--debug', 'show AWS calls, request ids and where an error came from')
    .helpCommand('help [verb]', 'show what a verb does')
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHasColors: () => styleText('bold', 'x', { stream: world.stdout }) !== 'x',
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => styleText('bold', title, { validateStream: false }),
    })
    .addHelpText('after', EXIT_CODES)
    .exitOverride();

  const verb = (on: Command, usage: string, description: string, examples: readonly string[]): Command =>
    on
      .command(usage)
      .description(description)
      .addHelpText(
        'after',
        `\nExamples:\n${examples.map((line) => `  ${line.replace('$', name)}`).join('\n')}`,
      );

  /** Loads a verb when it runs, and runs it with its arguments and options as Commander passes them. */
  const runs =
    (load: () => Promise<Verb>) =>
    async (...args: unknown[]) => {
      const command = args.at(-1) as Command;
      const { prefix, region, profile, debug = false } = command.optsWithGlobals<Global>();
      const trace = debug ? (line: string) => world.stderr.write(`debug: ${line}\n`) : undefined;
      const run = await load();
      exit(await run(world, { prefix, region, profile, trace }, ...args.slice(0, -1)));
    };

  verb(root, 'status', 'Show how connections stand: state, expiry, next attempt, last error.', [
    '$ status',
    '$ status uqudo igni-acme --watch',
    '$ status --json',
  ])
    .argument('[connections...]', 'all, where none is named')
    .option('--json', 'one JSON array; with --watch one line a look')
    .option('--watch', 'look again and again until Ctrl-C')
    .option('--every <duration>', 'how often --watch looks', '2s')
    .action(runs(async () => (await import('./status.ts')).status));

  verb(root, 'explain', 'Say why a connection stands as it does, what happens next and what to do.', [
    '$ explain igni-acme',
  ])
    .argument('<connection>')
    .action(runs(async () => (await import('./explain.ts')).explain));

  verb(root, 'refresh', 'Refresh connections now, if it is time or their secret has changed.', [
    '$ refresh uqudo igni-acme',
    '$ refresh uqudo --force --reason "the provider revoked its tokens"',
    '$ refresh --all --json',
  ])
    .argument('[connections...]')
    .option('--all', 'every connection')
    .option('--force', 'even where it is not time, blocked or paused')
    .option('--reason <text>', 'goes into the status and the log')
    .option('--json', 'one JSON array of answers')
    .action(runs(async () => (await import('./refresh.ts')).refresh));

  verb(root, 'pause', 'Leave the provider alone for a while; "refresh --force" still works.', [
    '$ pause uqudo --for 2h --reason "maintenance at the provider"',
  ])
    .argument('<connections...>')
    .requiredOption('--for <duration>', 'how long, such as 90s, 15m, 2h or 1d')
    .option('--reason <text>', 'goes into the status and the log')
    .action(runs(async () => (await import('./pause.ts')).pause));

  verb(root, 'resume', 'End a pause.', ['$ resume uqudo'])
    .argument('<connections...>')
    .option('--reason <text>', 'goes into the status and the log')
    .action(runs(async () => (await import('./pause.ts')).resume));

  verb(root, 'verify', 'The gate behind a deploy: pass only if every connection is, or becomes, fresh.', [
    '$ verify --wait 2m',
    '$ verify --allow-awaiting --json',
  ])
    .argument('[connections...]', 'all, where none is named')
    .option('--wait <duration>', 'how long a connection has to become fresh', '2m')
    .option('--allow-awaiting', 'pass although secrets are still empty')
    .option('--json', 'one JSON array of verdicts')
    .action(runs(async () => (await import('./verify.ts')).verify));

  const credentials = root
    .command('credentials')
    .description('Set credentials, or tell their version and age.');
  verb(credentials, 'set', `Write credentials and wait for the first refresh with them.\n${HIDDEN}`, [
    '$ credentials set igni-acme',
    '$ credentials set igni-acme < igni-acme.json',
  ])
    .argument('<connection>')
    .option('--wait <duration>', 'how long to wait for the refresh', '1m')
    .action(runs(async () => (await import('./credentials-set.ts')).setCredentials));
  verb(credentials, 'check', 'Tell version and age of credentials, and whether they work. Reads no value.', [
    '$ credentials check',
    '$ credentials check igni-acme --json',
  ])
    .argument('[connections...]', 'all, where none is named')
    .option('--json', 'one JSON array')
    .action(runs(async () => (await import('./credentials-check.ts')).checkCredentials));

  verb(
    root,
    'try',
    `Make one real token request from this machine, without AWS, and judge the answer.\n${HIDDEN}`,
    [
      '$ try uqudo',
      '$ try igni --set workspace=acme',
      '$ try oauth2 --set tokenEndpoint=https://auth.example.com/oauth/token \\',
      '    --set clientAuthentication=client_secret_basic --set lifetimeSeconds=3600 \\',
      '    --set parameters.audience=https://api.example.com < credentials.json',
    ],
  )
    .argument('<provider>')
    .option('--set <key=value...>', 'a setting of the provider; twice for a list')
    .option(
      '--redirect-uri <uri>',
      'with a code: the one it was issued to (default: the first of redirectUris)',
    )
    .option('--json', 'the verdict as JSON')
    .action(runs(async () => (await import('./try.ts')).tryProvider));

  verb(
    root,
    'exchange',
    'Hand in an authorization code of a person who has logged in.\nThe code is asked for hidden, or read as JSON from standard input: {"code":"…"}.',
    ['$ exchange uae-pass --redirect-uri https://www.example.com/uae-pass/callback'],
  )
    .argument('<connection>')
    .requiredOption('--redirect-uri <uri>', 'the one the code was issued to, byte for byte')
    .option('--subject <id>', 'whose token it is: an opaque id of yours')
    .option('--pkce', 'ask for the codeVerifier as well')
    .option('--json', 'the answer as JSON')
    .action(runs(async () => (await import('./exchange.ts')).exchange));

  return root;
};

// biome-ignore lint/suspicious/noExplicitAny: Commander passes any arguments; each verb says which are its own
type Verb = (world: World, place: Place, ...args: any[]) => Promise<ExitCode>;

const HIDDEN =
  'Credentials are asked for hidden, or read as JSON from standard input: {"client_id":"…","client_secret":"…"}.';

const withoutSlash = (text: string): string => `/${text.replace(/^\/+|\/+$/g, '')}`;
