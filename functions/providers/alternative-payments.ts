import { clientSecretBasic } from '../oauth/client-authentication.ts';
import { oneOf, optional, type Provider } from './provider.ts';

const HOSTS = {
  production: 'public-api.alternativepayments.io',
  demo: 'public-api.demo.alternativepayments.io',
} as const;

export interface AlternativePaymentsSettings {
  /** Demo has credentials of its own; tokens are not interchangeable. @default 'production' */
  readonly environment?: keyof typeof HOSTS;
}

/** https://docs.alternativepayments.io/ (its OpenAPI lists an http server too: never used) */
export const alternativePayments: Provider<AlternativePaymentsSettings> = {
  settings: { environment: optional(oneOf(...Object.keys(HOSTS))) },
  dialect: ({ environment = 'production' }) => ({
    grant: 'client_credentials',
    tokenEndpoint: `https://${HOSTS[environment]}/oauth/token`,
    clientAuthentication: clientSecretBasic,
    lifetimeSeconds: 3600,
  }),
};
