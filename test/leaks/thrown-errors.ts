import { Buffer } from 'node:buffer';
import { GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { GetParameterHistoryCommand, PutParameterCommand } from '@aws-sdk/client-ssm';
import { START, type Wire, world } from '../world.ts';
import { credentialCanaries, everythingOf } from './find-leaks.ts';
import { CREDENTIALS } from './refresh-function.ts';

const TOKEN = 't0k3n-kAn4r1./+=_~of-the-test';
const REFRESH_TOKEN = 'r3fr35h-kAn4r1./+=_~of-the-test';
const aws = (name: string, said: string) =>
  Object.assign(new Error(said, { cause: new Error(said) }), { name, $response: { body: said } });

const WIRES: readonly Wire[] = [
  { body: { access_token: TOKEN, token_type: 'mac' } },
  { body: { access_token: `${TOKEN}\n` } },
  { body: TOKEN },
  { status: 401, body: { error: 'invalid_client', error_description: JSON.stringify(CREDENTIALS) } },
  { status: 500, body: `${JSON.stringify(CREDENTIALS)}${TOKEN}` },
  { status: 302, body: TOKEN },
  { status: 400, body: { error: CREDENTIALS.client_secret } },
  { body: { access_token: TOKEN, refresh_token: REFRESH_TOKEN, error: true } },
  { status: 503, body: { refresh_token: REFRESH_TOKEN, session: TOKEN } },
];

/** Every error a tick throws, as widely as it could be printed: causes, hidden fields, stacks. */
export const everythingTheErrorsHold = async () => {
  const said: string[] = [];
  const fresh = () => {
    const w = world();
    w.state.secrets = { AWSCURRENT: { version: 'v1', text: JSON.stringify(CREDENTIALS) } };
    w.state.answers = [{ body: { access_token: TOKEN, token_type: 'bearer', expires_in: 1800 } }];
    return w;
  };
  const tick = async (w: ReturnType<typeof fresh>) => {
    const caught = await w.tick().then(
      () => null,
      (error) => error,
    );
    said.push(everythingOf(caught), ...w.state.log);
  };
  for (const wire of WIRES) {
    const w = fresh();
    w.state.answers = [wire, wire, wire, wire];
    await tick(w);
  }
  const quoting = [TOKEN, CREDENTIALS.client_secret, Buffer.from(TOKEN).toString('base64')].join(' ');
  for (const [client, name] of [
    ['ssm', 'ValidationException'],
    ['ssm', 'ParameterMaxVersionLimitExceeded'],
    ['secretsManager', 'InvalidRequestException'],
  ] as const) {
    const w = fresh();
    await w.tick();
    w.state.now = START + 1_000_000;
    w.state.answers = [{ body: { access_token: TOKEN, token_type: 'bearer', expires_in: 1800 } }];
    const fail = () => {
      throw aws(name, quoting);
    };
    if (client === 'ssm') w.ssm.on(PutParameterCommand, { Type: 'SecureString' }).callsFake(fail);
    else w.secretsManager.on(GetSecretValueCommand).callsFake(fail);
    await tick(w);
  }
  for (const history of [
    () => ({ Parameters: [{ Version: 1, Value: quoting, Description: quoting, Labels: ['known-good'] }] }),
    () => {
      throw aws('AccessDeniedException', quoting);
    },
  ]) {
    const w = fresh();
    w.ssm.on(PutParameterCommand, { Type: 'SecureString' }).callsFake(() => {
      throw aws('ParameterMaxVersionLimitExceeded', `Version 1, the oldest version: ${quoting}`);
    });
    w.ssm.on(GetParameterHistoryCommand).callsFake(history);
    await tick(w);
  }
  const w = fresh();
  w.ssm.rejects(aws('InternalServerError', 'not now'));
  await tick(w);
  // The next surface talks to an endpoint.
  w.ssm.restore();
  w.secretsManager.restore();
  const canaries = [
    ...credentialCanaries(CREDENTIALS.client_id, CREDENTIALS.client_secret),
    { name: 'access_token', value: TOKEN },
    { name: 'refresh_token', value: REFRESH_TOKEN },
  ];
  return { text: said.join('\n'), canaries };
};
