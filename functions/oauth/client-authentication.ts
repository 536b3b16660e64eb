import { Buffer } from 'node:buffer';
import { RefreshError } from '../errors.ts';

/** What Secrets Manager holds for one connection. */
export interface Credentials {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Where the credentials go in a token request. */
export interface AuthenticatedParts {
  readonly headers: Readonly<Record<string, string>>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** RFC 6749 §2.3.1, one of its ways. @throws RefreshError `credentials_invalid` where they cannot be sent that way. */
export type ClientAuthentication = (credentials: Credentials) => AuthenticatedParts;

/** `client_id` and `client_secret` in the body. */
export const clientSecretPost: ClientAuthentication = ({ client_id, client_secret }) => ({
  headers: {},
  parameters: { client_id, client_secret },
});

const basic = (user: string, password: string): AuthenticatedParts => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
  parameters: {},
});

/** HTTP Basic with id and secret as they are, in UTF-8 (RFC 7617), which is what most endpoints decode. */
export const clientSecretBasic: ClientAuthentication = ({ client_id, client_secret }) => {
  if (client_id.includes(':')) {
    throw new RefreshError(
      'credentials_invalid',
      'client_id contains ":", which HTTP Basic cannot carry (RFC 7617 §2): check the id, or use encoding "rfc6749"',
    );
  }
  return basic(client_id, client_secret);
};

/** HTTP Basic with id and secret form-encoded first, as RFC 6749 §2.3.1 and Appendix B ask. */
export const clientSecretBasicEncoded: ClientAuthentication = ({ client_id, client_secret }) =>
  basic(formEncode(client_id), formEncode(client_secret));

/** application/x-www-form-urlencoded, as RFC 6749 Appendix B has it. */
export const formEncode = (value: string): string => new URLSearchParams([['', value]]).toString().slice(1);
