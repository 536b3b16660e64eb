import { rfc6749Refusal, type SimulatedProvider } from './simulated-provider.ts';
import { opaque } from './tokens.ts';

export interface OAuth2Settings {
  readonly tokenEndpoint?: string;
  readonly clientAuthentication?: string;
  readonly encoding?: string;
  readonly lifetimeSeconds?: number;
  readonly grant?: 'client_credentials' | 'authorization_code';
  readonly bodyFormat?: 'form' | 'multipart';
}

/** A server by the letter of RFC 6749. */
export const oauth2 = ({
  tokenEndpoint = '',
  clientAuthentication,
  encoding,
  lifetimeSeconds = 3600,
  grant = 'client_credentials',
  bodyFormat = 'form',
}: OAuth2Settings): SimulatedProvider => {
  const url = new URL(tokenEndpoint);
  return {
    host: url.host,
    path: url.pathname,
    grant,
    credentialsIn: clientAuthentication === 'client_secret_post' ? 'body' : 'header',
    formDecoded: encoding === 'rfc6749',
    format: bodyFormat,
    lifetimeSeconds,
    rejected: rfc6749Refusal({
      status: 401,
      error: 'invalid_client',
      description: 'client authentication failed',
      headers: { 'www-authenticate': 'Basic realm="token"' },
    }),
    refusal: rfc6749Refusal,
    mint: () => opaque(64),
    body: (access_token, { expiresIn, scope }) => ({
      access_token,
      token_type: 'Bearer',
      expires_in: expiresIn,
      ...(scope === null ? {} : { scope }),
    }),
  };
};
