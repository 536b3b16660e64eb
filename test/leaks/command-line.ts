import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { parseFault } from '../../infra/local/faults.ts';
import { startSandbox } from '../../infra/local/sandbox.ts';
import { synthesize } from '../../infra/local/synthesize.ts';
import { ops } from '../ops/terminal.ts';
import { type Canary, credentialCanaries } from './find-leaks.ts';

/** Credentials that no simulated provider takes. */
const WRONG = { client_id: 'canary-id-31f0b7', client_secret: 'pL7-canary+/=&%"secret' };
const WRONG_INPUT = JSON.stringify(WRONG);

const UNKNOWN_CODE = 'canary-code-77aa01';
const REDIRECT_URI = 'https://www.example.com/uae-pass/callback';

/** The providers of the sandbox, and what is done to them. */
const CONNECTIONS = ['uqudo', 'igni-acme', 'alternative-payments', 'uae-pass'];
const FAULTS = ['igni-acme=garbage', 'alternative-payments=rejected'];

/** Runs every verb, well and badly, each with --debug, against a sandbox full of canaries. */
export const everythingTheCommandLineSays = async (): Promise<{
  text: string;
  canaries: readonly Canary[];
}> => {
  const before = { ...process.env };
  const synthesized = await synthesize();
  const sandbox = await startSandbox({
    assemblyDirectory: synthesized.directory,
    only: CONNECTIONS,
    faults: FAULTS.map(parseFault),
  });
  Object.assign(process.env, sandbox.environment);
  const secrets = new SecretsManagerClient({});
  const said: string[] = [];
  const say = async (args: readonly string[], stdin = '') => {
    const { out, err } = await ops([...args, '--debug'], { stdin });
    said.push(out, err);
  };
  try {
    const canaries = [...credentialCanaries(WRONG.client_id, WRONG.client_secret)];
    const right = new Map<string, string>();
    for (const { connection, secretArn } of sandbox.connections) {
      const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: secretArn }));
      const { client_id, client_secret } = JSON.parse(SecretString);
      right.set(connection, SecretString);
      canaries.push(...credentialCanaries(client_id, client_secret));
    }
    const code = sandbox.providers.codes.issue(
      { client_id: sandbox.clientId('uae-pass'), redirect_uri: REDIRECT_URI },
      Date.now(),
    );
    canaries.push({ name: 'code', value: code }, { name: 'code', value: UNKNOWN_CODE });
    const exchange = ['exchange', 'uae-pass', '--redirect-uri', REDIRECT_URI];
    await say(exchange, JSON.stringify({ code }));
    await say(exchange, JSON.stringify({ code: UNKNOWN_CODE }));

    await say(['status']);
    await say(['verify', '--wait', '1s']);
    await say(['refresh', '--all', '--force', '--json']);
    await say(['credentials', 'set', 'uqudo'], right.get('uqudo'));
    await say(['credentials', 'set', 'uqudo'], WRONG_INPUT);
    await say(['credentials', 'set', 'igni-acme'], WRONG_INPUT);
    await say(['credentials', 'set', 'uqudo'], WRONG_INPUT.slice(0, -1));
    await say(['credentials', 'set', 'uqudo'], WRONG.client_secret);
    await say(
      ['credentials', 'set', 'uqudo'],
      JSON.stringify({ ...WRONG, client_secret: `${WRONG.client_secret} ` }),
    );
    await say(['credentials', 'set', 'nobody'], WRONG_INPUT);
    await say(['credentials', 'check', '--json']);
    await say(['pause', 'uqudo', '--for', '1h']);
    await say(['resume', 'uqudo']);
    await say(['status', '--json']);
    for (const connection of CONNECTIONS) await say(['explain', connection]);
    const unreachable = ['tokenEndpoint=http://127.0.0.1:9/token', 'lifetimeSeconds=3600'];
    const settings = [...unreachable, 'clientAuthentication=client_secret_basic'].flatMap((set) => [
      '--set',
      set,
    ]);
    await say(['try', 'oauth2', ...settings], WRONG_INPUT);
    await say(
      ['try', 'oauth2', ...settings, '--set', 'grant=authorization_code', '--json'],
      JSON.stringify({ ...WRONG, code: UNKNOWN_CODE }),
    );
    await sandbox.close();
    await say(['credentials', 'set', 'uqudo'], WRONG_INPUT);
    await say(['refresh', 'uqudo']);

    const tokens = sandbox.providers.issued().map(({ access_token }) => access_token);
    canaries.push(...tokens.map((value) => ({ name: 'access_token', value })));
    return { text: said.join('\n'), canaries };
  } finally {
    secrets.destroy();
    await sandbox.close();
    synthesized.remove();
    for (const name of Object.keys(sandbox.environment)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
};
