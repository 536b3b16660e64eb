import { RefreshError } from '../../functions/errors.ts';
import { askForToken } from './ask-for-token.ts';
import type { RegisteredClient } from './authorization-server.ts';

/** Client secrets, each with a character that one way of sending or reading a secret is known to break. */
export const SECRETS = {
  plain: 'correct-horse_battery.staple~7',
  '%': 'per%41cent-100%',
  '+': 'plus+plus',
  ':': 'colon:colon:',
  '&': 'and&grant_type=other',
  '=': 'equals==',
  space: 'a space here',
  'non-ASCII': 'pässwörd-ключ',
} as const;

/** The ways to send a secret, as settings of the provider `oauth2`. */
export const SENDINGS = {
  'Basic, raw': { clientAuthentication: 'client_secret_basic', encoding: 'raw' },
  'Basic, rfc6749': { clientAuthentication: 'client_secret_basic', encoding: 'rfc6749' },
  post: { clientAuthentication: 'client_secret_post' },
} as const;

export type SecretKind = keyof typeof SECRETS;
export type Sending = keyof typeof SENDINGS;

/** Which secrets a server refuses, by how they are sent. Every other combination gets a token. */
export type Refusals = Readonly<Record<Sending, readonly SecretKind[]>>;

/** Measured; docs/proof.md has it as a table. Secrets outside visible ASCII and space are outside RFC 6749 (A.2). */
export const REFUSALS = {
  'oidc-provider': {
    'Basic, raw': ['%', '+', 'non-ASCII'],
    'Basic, rfc6749': ['non-ASCII'],
    post: ['non-ASCII'],
  },
  'Ory Hydra': { 'Basic, raw': ['%', '+'], 'Basic, rfc6749': [], post: [] },
  Keycloak: { 'Basic, raw': ['%', '+'], 'Basic, rfc6749': [], post: [] },
} as const satisfies Record<string, Refusals>;

const kinds = Object.keys(SECRETS) as SecretKind[];

/** One client per secret and method, as a server has to know it. */
export const COMBINATION_CLIENTS: readonly RegisteredClient[] = kinds.flatMap((kind, index) =>
  (['client_secret_basic', 'client_secret_post'] as const).map((method) => ({
    client_id: `client-${index}-${method.endsWith('post') ? 'post' : 'basic'}`,
    client_secret: SECRETS[kind],
    token_endpoint_auth_method: method,
  })),
);

/** Asks a server for a token with every secret, sent one way. Answers those it refuses. */
export const refusalsOf = async (tokenEndpoint: string, sending: Sending): Promise<SecretKind[]> => {
  const refused: SecretKind[] = [];
  for (const kind of kinds) {
    const settings = SENDINGS[sending];
    const client = COMBINATION_CLIENTS.find(
      ({ client_secret, token_endpoint_auth_method }) =>
        client_secret === SECRETS[kind] && token_endpoint_auth_method === settings.clientAuthentication,
    );
    if (client === undefined) throw new Error(`there is no client for the secret "${kind}"`);
    try {
      await askForToken({ ...settings, tokenEndpoint }, client);
    } catch (error) {
      const code = error instanceof RefreshError ? error.code : null;
      if (code !== 'credentials_rejected' && code !== 'request_rejected') throw error;
      refused.push(kind);
    }
  }
  return refused;
};
