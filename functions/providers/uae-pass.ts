import { clientSecretBasic } from '../oauth/client-authentication.ts';
import { oneOf, optional, type Provider, required, urlList } from './provider.ts';

const HOSTS = { production: 'id.uaepass.ae', staging: 'stg-id.uaepass.ae' } as const;

export interface UaePassSettings {
  /** The redirect URIs registered with UAE PASS. A code is exchanged only with one of these, byte for byte. */
  readonly redirectUris: readonly string[];
  /** @default 'production' */
  readonly environment?: keyof typeof HOSTS;
  /** The documentation says multipart; many clients send a form. @default 'multipart' */
  readonly bodyFormat?: 'multipart' | 'form';
}

/** https://docs.uaepass.ae/ */
export const uaePass: Provider<UaePassSettings> = {
  settings: {
    redirectUris: required(urlList('https://www.example.com/uae-pass/callback')),
    environment: optional(oneOf(...Object.keys(HOSTS))),
    bodyFormat: optional(oneOf('multipart', 'form')),
  },
  dialect: ({ redirectUris, environment = 'production', bodyFormat = 'multipart' }) => ({
    grant: 'authorization_code',
    tokenEndpoint: `https://${HOSTS[environment]}/idshub/token`,
    clientAuthentication: clientSecretBasic,
    lifetimeSeconds: 3600,
    bodyFormat,
    redirectUris,
  }),
};
