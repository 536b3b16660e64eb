import { json, type SimulatedProvider, scopeRequired } from './simulated-provider.ts';
import { hs256 } from './tokens.ts';

/** Its documented error body is the same for every status. */
const ERROR = { error: 'Forbidden', errorDescription: 'permission denied' };

export const screeningEagle = ({ host = '' }: { host?: string }): SimulatedProvider => ({
  host,
  path: '/api/id/v1/auth/token',
  grant: 'client_credentials',
  credentialsIn: 'header',
  format: 'form',
  lifetimeSeconds: 604_800,
  refuses: scopeRequired,
  rejected: json(401, ERROR),
  refusal: ({ status }) => json([400, 401, 403, 404].includes(status) ? status : 400, ERROR),
  mint: (grant) => hs256(grant, { token_use: 'access' }),
  body: (access_token, grant) => ({
    scope: grant.scope,
    token_type: 'Bearer',
    access_token,
    expires_in: grant.expiresIn,
    id_token: hs256(grant, { token_use: 'id' }),
    refresh_token: hs256(grant, { token_use: 'refresh' }),
  }),
});
