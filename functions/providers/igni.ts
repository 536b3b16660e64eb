import { clientSecretPost } from '../oauth/client-authentication.ts';
import { dnsLabel, type Provider, required } from './provider.ts';

export interface IgniSettings {
  /** The `acme` in `https://acme.igni.co`. */
  readonly workspace: string;
}

export const igni: Provider<IgniSettings> = {
  settings: { workspace: required(dnsLabel('acme')) },
  dialect: ({ workspace }) => ({
    grant: 'client_credentials',
    tokenEndpoint: `https://${workspace}.igni.co/api/v1/oauth2/token`,
    clientAuthentication: clientSecretPost,
    lifetimeSeconds: 172_800,
  }),
};
