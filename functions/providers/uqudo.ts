import { clientSecretPost } from '../oauth/client-authentication.ts';
import { oneOf, optional, type Provider } from './provider.ts';

const HOSTS = { production: 'auth.uqudo.io', dev: 'auth.dev.uqudo.io' } as const;

export interface UqudoSettings {
  /** @default 'production' */
  readonly environment?: keyof typeof HOSTS;
}

/** https://docs.uqudo.com/ */
export const uqudo: Provider<UqudoSettings> = {
  settings: { environment: optional(oneOf(...Object.keys(HOSTS))) },
  dialect: ({ environment = 'production' }) => ({
    grant: 'client_credentials',
    tokenEndpoint: `https://${HOSTS[environment]}/api/oauth/token`,
    clientAuthentication: clientSecretPost,
    // The responses have said 1859 too: what counts is expires_in.
    lifetimeSeconds: 1800,
  }),
};
