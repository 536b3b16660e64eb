import { ConfigurationError } from '../errors.ts';
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretBasicEncoded,
  clientSecretPost,
} from '../oauth/client-authentication.ts';
import {
  httpsUrl,
  nonEmpty,
  oneOf,
  optional,
  type Provider,
  parameterMap,
  positiveSeconds,
  required,
  urlList,
} from './provider.ts';

const BASIC = { raw: clientSecretBasic, rfc6749: clientSecretBasicEncoded } as const;

export interface OAuth2Settings {
  readonly tokenEndpoint: string;
  readonly clientAuthentication: 'client_secret_basic' | 'client_secret_post';
  /** client_secret_basic only: as they are, or form-encoded first (RFC 6749 §2.3.1). @default 'raw' */
  readonly encoding?: keyof typeof BASIC;
  /** Documented lifetime of a token in seconds. */
  readonly lifetimeSeconds: number;
  /** Space separated. */
  readonly scope?: string;
  /** Further body parameters, such as `audience` or `resource`; a list repeats the name. Never a secret. */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
  /** @default 'client_credentials' */
  readonly grant?: 'client_credentials' | 'authorization_code';
  /** authorization_code only: the redirect URIs a code may have been issued to. */
  readonly redirectUris?: readonly string[];
  /** @default 'form' */
  readonly bodyFormat?: 'form' | 'multipart';
}

/** Any other RFC 6749 server. */
export const oauth2: Provider<OAuth2Settings> = {
  settings: {
    tokenEndpoint: required(httpsUrl('https://auth.example.com/oauth/token')),
    clientAuthentication: required(oneOf('client_secret_basic', 'client_secret_post')),
    encoding: optional(oneOf(...Object.keys(BASIC))),
    lifetimeSeconds: required(positiveSeconds(3600)),
    scope: optional(nonEmpty('the scopes, space separated', 'read write')),
    parameters: optional(parameterMap('{ audience: "https://api.example.com" }')),
    grant: optional(oneOf('client_credentials', 'authorization_code')),
    redirectUris: optional(urlList('https://www.example.com/callback')),
    bodyFormat: optional(oneOf('form', 'multipart')),
  },
  dialect: ({ grant = 'client_credentials', redirectUris = [], ...settings }) => {
    if (grant === 'authorization_code' && redirectUris.length === 0) {
      throw new ConfigurationError(
        'oauth2: redirectUris is missing: authorization_code needs the registered ones',
      );
    }
    if (grant === 'client_credentials' && redirectUris.length > 0) {
      throw new ConfigurationError(
        'oauth2: redirectUris is for grant "authorization_code": set that, or remove redirectUris',
      );
    }
    if (settings.encoding !== undefined && settings.clientAuthentication === 'client_secret_post') {
      throw new ConfigurationError('oauth2: encoding is for client_secret_basic only: remove it');
    }
    return {
      grant,
      tokenEndpoint: settings.tokenEndpoint,
      clientAuthentication: authentication(settings),
      lifetimeSeconds: settings.lifetimeSeconds,
      parameters: {
        ...settings.parameters,
        ...(settings.scope === undefined ? {} : { scope: settings.scope }),
      },
      bodyFormat: settings.bodyFormat ?? 'form',
      redirectUris,
    };
  },
};

const authentication = ({ clientAuthentication, encoding = 'raw' }: OAuth2Settings): ClientAuthentication =>
  clientAuthentication === 'client_secret_post' ? clientSecretPost : BASIC[encoding];
