import { describe, expect, it } from 'vitest';
import {
  clientSecretBasic,
  clientSecretBasicEncoded,
  clientSecretPost,
} from '../../functions/oauth/client-authentication.ts';

const decoded = ({ authorization = '' }: Readonly<Record<string, string>>) =>
  Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();

describe('client authentication', () => {
  const credentials = { client_id: 'ïd', client_secret: 'sécret:+%&= ' };

  it('client_secret_post puts both into the body as they are', () => {
    expect(clientSecretPost(credentials)).toEqual({ headers: {}, parameters: credentials });
  });

  it('client_secret_basic puts both into the header as they are, in UTF-8', () => {
    const { headers, parameters } = clientSecretBasic(credentials);
    expect(headers['authorization']).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    expect(decoded(headers)).toBe('ïd:sécret:+%&= ');
    expect(parameters).toEqual({});
  });

  it('client_secret_basic form-encodes both first where the server asks for it', () => {
    const { headers, parameters } = clientSecretBasicEncoded({ ...credentials, client_id: 'a:b' });
    expect(decoded(headers)).toBe('a%3Ab:s%C3%A9cret%3A%2B%25%26%3D+');
    expect(parameters).toEqual({});
  });

  it('an id with a colon cannot be sent raw: it is refused with what to do', () => {
    expect(() => clientSecretBasic({ ...credentials, client_id: 'a:b' })).toThrow(
      expect.objectContaining({
        code: 'credentials_invalid',
        message:
          'client_id contains ":", which HTTP Basic cannot carry (RFC 7617 §2): check the id, or use encoding "rfc6749"',
      }),
    );
  });
});
