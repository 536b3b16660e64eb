import { Buffer } from 'node:buffer';
import type { Dialect } from '../providers/provider.ts';
import type { Credentials } from './client-authentication.ts';

/** One HTTP request to a token endpoint, ready to be sent. Always a POST (RFC 6749 §3.2). */
export interface TokenRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

type TokenDialect = Pick<
  Dialect,
  'grant' | 'tokenEndpoint' | 'clientAuthentication' | 'parameters' | 'bodyFormat'
>;

/**
 * The request a dialect makes with these credentials.
 *
 * @param grantParameters what the grant itself adds: nothing for client_credentials (RFC 6749 §4.4.2), `code` and
 *   `redirect_uri` for authorization_code (§4.1.3)
 * @throws RefreshError `credentials_invalid` where the credentials cannot be sent the dialect's way
 */
export const tokenRequest = async (
  dialect: TokenDialect,
  credentials: Credentials,
  grantParameters: Readonly<Record<string, string>> = {},
): Promise<TokenRequest> => {
  const authenticated = dialect.clientAuthentication(credentials);
  const named: Readonly<Record<string, string | readonly string[]>> = {
    grant_type: dialect.grant,
    ...grantParameters,
    ...dialect.parameters,
    ...authenticated.parameters,
  };
  const parameters = Object.entries(named).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((item): [string, string] => [name, item]),
  );
  const { type, body } = dialect.bodyFormat === 'multipart' ? await multipart(parameters) : form(parameters);
  return {
    url: new URL(dialect.tokenEndpoint),
    headers: {
      accept: 'application/json',
      'user-agent': 'token-refresher',
      ...authenticated.headers,
      'content-type': type,
      'content-length': String(body.byteLength),
    },
    body,
  };
};

// No `;charset`: some of these endpoints compare the content type as a whole.
const form = (parameters: [string, string][]) => ({
  type: 'application/x-www-form-urlencoded',
  body: Buffer.from(new URLSearchParams(parameters).toString()),
});

// The platform's own encoder picks the boundary; it loads lazily, as only authorization codes travel this way.
const multipart = async (parameters: [string, string][]) => {
  const data = new FormData();
  for (const [name, value] of parameters) data.append(name, value);
  const encoded = new Response(data);
  return {
    type: encoded.headers.get('content-type') ?? '',
    body: Buffer.from(await encoded.arrayBuffer()),
  };
};
