import { describe, expect, it } from 'vitest';
import {
  clientSecretBasic,
  clientSecretBasicEncoded,
  clientSecretPost,
} from '../../functions/oauth/client-authentication.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';

const credentials = { client_id: 'ïd+1', client_secret: 's e%c&r=e+t:' };
const base = {
  grant: 'client_credentials',
  tokenEndpoint: 'https://auth.example.com/token',
} as const;
const decoded = (header: string | undefined) =>
  Buffer.from((header ?? '').slice('Basic '.length), 'base64').toString();

describe('tokenRequest', () => {
  it('puts the credentials into the body for client_secret_post, and nowhere else', async () => {
    const request = await tokenRequest({ ...base, clientAuthentication: clientSecretPost }, credentials);
    expect(request.headers['authorization']).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(request.body.toString()))).toEqual({
      grant_type: 'client_credentials',
      ...credentials,
    });
  });

  it('puts them raw into the header for client_secret_basic, and nowhere else', async () => {
    const request = await tokenRequest({ ...base, clientAuthentication: clientSecretBasic }, credentials);
    expect(decoded(request.headers['authorization'])).toBe('ïd+1:s e%c&r=e+t:');
    expect(request.body.toString()).toBe('grant_type=client_credentials');
  });

  it('form-encodes them first where RFC 6749 is asked for', async () => {
    const request = await tokenRequest(
      { ...base, clientAuthentication: clientSecretBasicEncoded },
      credentials,
    );
    expect(decoded(request.headers['authorization'])).toBe('%C3%AFd%2B1:s+e%25c%26r%3De%2Bt%3A');
  });

  it('refuses a raw id with a colon before any call, without showing it', async () => {
    const request = tokenRequest(
      { ...base, clientAuthentication: clientSecretBasic },
      { client_id: 'tenant:app', client_secret: 'x' },
    );
    await expect(request).rejects.toMatchObject({ code: 'credentials_invalid', kind: 'permanent' });
    await expect(request).rejects.toThrow(/^(?!.*tenant)/);
  });

  it('carries an id with a colon where it is encoded', async () => {
    const request = await tokenRequest(
      { ...base, clientAuthentication: clientSecretBasicEncoded },
      { client_id: 'tenant:app', client_secret: 'x' },
    );
    expect(decoded(request.headers['authorization'])).toBe('tenant%3Aapp:x');
  });

  it('has the exact content type, length and Accept header', async () => {
    const request = await tokenRequest({ ...base, clientAuthentication: clientSecretPost }, credentials);
    expect(request.headers).toEqual({
      accept: 'application/json',
      'user-agent': 'token-refresher',
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': String(request.body.byteLength),
    });
  });

  it('repeats the name of a listed parameter and encodes spaces in a scope', async () => {
    const request = await tokenRequest(
      {
        ...base,
        clientAuthentication: clientSecretBasic,
        parameters: { resource: ['https://a', 'https://b'], scope: 'openid email' },
      },
      { client_id: 'a', client_secret: 'b' },
    );
    expect(request.body.toString()).toBe(
      'grant_type=client_credentials&resource=https%3A%2F%2Fa&resource=https%3A%2F%2Fb&scope=openid+email',
    );
  });

  it('writes multipart with the boundary of its header and the parameters of the grant', async () => {
    const request = await tokenRequest(
      {
        ...base,
        grant: 'authorization_code',
        clientAuthentication: clientSecretBasic,
        bodyFormat: 'multipart',
      },
      { client_id: 'a', client_secret: 'b' },
      { redirect_uri: 'https://www.example.com/callback', code: 'c-1' },
    );
    const parsed = await new Response(new Uint8Array(request.body), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    }).formData();
    expect(request.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect([...parsed.entries()]).toEqual([
      ['grant_type', 'authorization_code'],
      ['redirect_uri', 'https://www.example.com/callback'],
      ['code', 'c-1'],
    ]);
  });
});
