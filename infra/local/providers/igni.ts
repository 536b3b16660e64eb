import { json, type SimulatedProvider } from './simulated-provider.ts';
import { rs256 } from './tokens.ts';

export const igni = ({ workspace = '' }: { workspace?: string }): SimulatedProvider => ({
  host: `${workspace}.igni.co`,
  path: '/api/v1/oauth2/token',
  grant: 'client_credentials',
  credentialsIn: 'body',
  format: 'form',
  lifetimeSeconds: 172_800,
  refuses: ({ headers }) =>
    headers.accept === 'application/json'
      ? null
      : { status: 406, error: 'invalid_request', description: 'Accept must be application/json' },
  rejected: json(401, { error: 'invalid_client', message: 'Client authentication failed' }),
  refusal: ({ status, error, description }) => json(status, { error, message: description }),
  // Its tokens are about 1 KB.
  mint: (grant) =>
    rs256(grant, { workspace, scopes: Array.from({ length: 18 }, (_, n) => `resource-${n}.read`) }),
  body: (access_token, { expiresIn }) => ({ token_type: 'Bearer', expires_in: expiresIn, access_token }),
});
