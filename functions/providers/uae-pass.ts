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

/** Beside `error`, UAE PASS names the fault. "Invalid request" alone is its answer to a wrong secret as well. */
const REFUSALS = {
  unregisteredClient: 'invalid_client',
  codeNotFound: 'code_unknown',
  expiredCode: 'code_expired',
  codeNotIssuedToClientId: 'code_of_another_client',
  redirectUri: 'redirect_uri_mismatch',
  redirect_uri: 'redirect_uri_mismatch',
  'Invalid request': 'invalid_request',
} as const;

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
    refusals: REFUSALS,
  }),
};
