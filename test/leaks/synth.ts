import type { ConnectionProps } from '../../infra/connection.ts';
import { errorsOf, synthesize } from '../infra/synthesize.ts';
import { credentialCanaries } from './find-leaks.ts';
import { CREDENTIALS } from './refresh-function.ts';

const secret = CREDENTIALS.client_secret;

/** Where people put a secret that does not belong there. */
const MISPLACED: readonly unknown[] = [
  { provider: 'uqudo', secret: { arn: secret } },
  { provider: 'uqudo', client_secret: secret },
  { provider: 'uqudo', environment: secret },
  { provider: 'igni', workspace: secret },
  { provider: 'screening-eagle', host: secret, scope: 'inspect' },
  ...['password', 'client_assertion', 'refresh_token', 'api_key'].map((name) => ({
    provider: 'oauth2',
    tokenEndpoint: 'https://auth.example.com/token',
    clientAuthentication: 'client_secret_post',
    lifetimeSeconds: 3600,
    parameters: { [name]: secret },
  })),
  {
    provider: 'oauth2',
    tokenEndpoint: `https://user:${encodeURIComponent(secret)}@auth.example.com/token`,
    clientAuthentication: secret,
    lifetimeSeconds: secret,
    parameters: { client_secret: secret },
  },
];

/** A template synthesized while the canaries are in the environment, and what synth says to a misplaced secret. */
export const everythingTheSynthSays = async () => {
  process.env['CLIENT_SECRET'] = secret;
  try {
    const errors = MISPLACED.flatMap((props) =>
      errorsOf({ connections: { mine: props as ConnectionProps } }),
    );
    return {
      text: [JSON.stringify(synthesize()), ...errors].join('\n'),
      canaries: credentialCanaries(CREDENTIALS.client_id, secret),
    };
  } finally {
    delete process.env['CLIENT_SECRET'];
  }
};
