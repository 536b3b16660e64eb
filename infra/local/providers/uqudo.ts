import { randomUUID } from 'node:crypto';
import { rfc6749Refusal, type SimulatedProvider } from './simulated-provider.ts';
import { rs256 } from './tokens.ts';

const HOSTS: Readonly<Record<string, string>> = { production: 'auth.uqudo.io', dev: 'auth.dev.uqudo.io' };

export const uqudo = ({ environment = 'production' }: { environment?: string }): SimulatedProvider => ({
  host: HOSTS[environment] ?? '',
  path: '/api/oauth/token',
  grant: 'client_credentials',
  credentialsIn: 'body',
  format: 'form',
  lifetimeSeconds: 1800,
  // The body of its 401 is unspecified: an empty one is the hardest case.
  rejected: { status: 401, body: '' },
  refusal: rfc6749Refusal,
  mint: (grant) => rs256(grant, { scope: ['scopes'] }),
  body: (access_token, { expiresIn }) => ({
    access_token,
    token_type: 'bearer',
    expires_in: expiresIn,
    scope: 'scopes',
    jti: randomUUID(),
  }),
});
