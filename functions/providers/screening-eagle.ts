import { clientSecretBasic } from '../oauth/client-authentication.ts';
import { hostName, nonEmpty, type Provider, required } from './provider.ts';

export interface ScreeningEagleSettings {
  /** Host of your Inspect API: none is public. */
  readonly host: string;
  /** Space separated, e.g. `openid email profile inspect`. */
  readonly scope: string;
}

/** Its refresh_token and id_token are ignored: client credentials can always mint a new token. */
export const screeningEagle: Provider<ScreeningEagleSettings> = {
  settings: {
    host: required(hostName('inspect.example.com')),
    scope: required(nonEmpty('the scopes, space separated', 'openid email profile inspect')),
  },
  dialect: ({ host, scope }) => ({
    grant: 'client_credentials',
    tokenEndpoint: `https://${host}/api/id/v1/auth/token`,
    clientAuthentication: clientSecretBasic,
    lifetimeSeconds: 604_800,
    parameters: { scope },
  }),
};
