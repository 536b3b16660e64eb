import { describe, expect, it } from 'vitest';
import { command } from '../../infra/ops/command.ts';
import { useAwsStub } from './aws-stub.ts';
import { BLOCKED, UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const DEFAULT = { prefix: '/token-refresher' };

describe('a command that is suggested', () => {
  it.each<[string, Parameters<typeof command>[1], Record<string, string>]>([
    ['token-refresher', DEFAULT, {}],
    ['npm run ops --', DEFAULT, { npm_lifecycle_event: 'ops' }],
    ['token-refresher --prefix /team-b', { prefix: '/team-b' }, {}],
    [
      "token-refresher --region eu-west-1 --profile 'the night shift'",
      { ...DEFAULT, region: 'eu-west-1', profile: 'the night shift' },
      {},
    ],
    // The default, where the environment says another.
    ['token-refresher --prefix /token-refresher', DEFAULT, { TOKEN_REFRESHER_PREFIX: '/team-b' }],
  ])('is %s, for %j and %j', (line, place, env) => {
    expect(command({ env }, place)).toBe(line);
  });
});

describe('what a verb suggests', () => {
  const { replies } = useAwsStub();
  const elsewhere = ['--prefix', '/team-b', '--region', 'eu-west-1'];
  const blocked = () =>
    replies.set('ssm.GetParameters', {
      status: 200,
      body: { Parameters: [{ Name: UQUDO.statusParameter, Value: JSON.stringify(BLOCKED) }] },
    });
  const empty = () => replies.set('secretsmanager.ListSecretVersionIds', { status: 200, body: {} });
  const answers = (body: object) => replies.set('lambda.Invoke', { status: 200, body });

  it.each<[string[], string, () => unknown]>([
    [['status'], 'explain uqudo', blocked],
    [['explain', 'uqudo'], 'credentials set uqudo', blocked],
    [['credentials', 'check'], 'credentials set uqudo', empty],
    [
      ['verify'],
      'explain uqudo',
      () => answers({ ...BLOCKED, outcome: 'blocked', reason: 'rejected', expiresAt: null }),
    ],
    [['refresh'], 'status lists', () => undefined],
  ])('%j applies where the verb looked', async (args, suggested, given) => {
    given();
    const { out, err } = await ops([...args, ...elsewhere]);
    expect(out + err).toContain(`token-refresher --prefix /team-b --region eu-west-1 ${suggested}`);
  });
});
