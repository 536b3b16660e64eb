import { describe, expect, it } from 'vitest';
import {
  type ClientAuthentication,
  clientSecretBasic,
  clientSecretBasicEncoded,
  clientSecretPost,
} from '../../../functions/oauth/client-authentication.ts';
import { tokenRequest } from '../../../functions/oauth/token-request.ts';
import type { Dialect } from '../../../functions/providers/provider.ts';
import { byDialect } from '../../../infra/local/providers/by-dialect.ts';
import { createProviders } from '../../../infra/local/providers/providers.ts';
import { opened } from './connections.ts';

const DIALECT: Dialect = {
  grant: 'client_credentials',
  tokenEndpoint: 'https://acme.auth.example.com/token',
  clientAuthentication: clientSecretBasic,
  lifetimeSeconds: 900,
  parameters: { scope: 'doors:open', resource: ['https://a.example.com', 'https://b.example.com'] },
};
const credentials = { client_id: 'the-client', client_secret: 'a secret + 100%' };

const arrived = async (spoken: Dialect, sent = credentials) => {
  const { url, headers, body } = await tokenRequest(spoken, sent);
  return { method: 'POST', host: url.host, path: url.pathname, query: '', headers, body };
};

/** What a server made of one dialect answers to the request that another one makes. */
const answer = async (simulated: Dialect, spoken: Dialect = simulated) => {
  const client = { connection: 'example', provider: byDialect('example', simulated), redirectUris: [] };
  const providers = createProviders({ clients: [{ ...client, credentials }] });
  const { status, json } = opened(providers.answer(await arrived(spoken), 0));
  return { status, json, refused: providers.requests[0]?.refused };
};

describe('a provider without a simulation of its own', () => {
  it.each<[string, Partial<Dialect>]>([
    ['HTTP Basic', {}],
    ['encoded HTTP Basic', { clientAuthentication: clientSecretBasicEncoded }],
    ['credentials in the body', { clientAuthentication: clientSecretPost }],
    ['multipart', { bodyFormat: 'multipart' }],
    ['no further parameter', { parameters: {} }],
  ])('issues a token of the documented lifetime to its own dialect: %s', async (_, changes) => {
    expect(await answer({ ...DIALECT, ...changes })).toMatchObject({
      status: 200,
      json: { token_type: 'Bearer', expires_in: 900 },
      refused: null,
    });
  });

  it.each<[string, Partial<Dialect>, number]>([
    ['another path', { tokenEndpoint: 'https://acme.auth.example.com/oauth/token' }, 404],
    ['another host', { tokenEndpoint: 'https://globex.auth.example.com/token' }, 421],
    ['another grant', { grant: 'authorization_code' }, 400],
    ['credentials in the other place', { clientAuthentication: clientSecretPost }, 400],
    ['credentials in another encoding', { clientAuthentication: clientSecretBasicEncoded }, 401],
    ['another body format', { bodyFormat: 'multipart' }, 415],
    ['another scope', { parameters: { ...DIALECT.parameters, scope: 'doors:close' } }, 400],
    ['one value of two', { parameters: { ...DIALECT.parameters, resource: 'https://a.example.com' } }, 400],
    ['no parameters', { parameters: {} }, 400],
  ])('refuses %s', async (_, changes, status) => {
    const { refused, ...answered } = await answer(DIALECT, { ...DIALECT, ...changes });
    expect(answered.status).toBe(status);
    expect(refused).toEqual(expect.any(String));
  });

  it('asks each connection at one endpoint for its own parameters', async () => {
    const clients = ['read', 'write'].map((scope) => ({
      connection: scope,
      provider: byDialect('example', { ...DIALECT, parameters: { scope } }),
      credentials: { client_id: scope, client_secret: 'x' },
      redirectUris: [],
    }));
    const providers = createProviders({ clients });
    for (const { connection, credentials } of clients) {
      const spoken = { ...DIALECT, parameters: { scope: connection } };
      const request = await arrived(spoken, credentials);
      expect(opened(providers.answer(request, 0)).status).toBe(200);
    }
  });

  it('says where to simulate credentials that go another way', () => {
    const apiKey: ClientAuthentication = ({ client_secret }) => ({
      headers: { 'x-api-key': client_secret },
      parameters: {},
    });
    expect(() => byDialect('example', { ...DIALECT, clientAuthentication: apiKey })).toThrow(
      'the sandbox cannot tell how "example" sends its credentials: simulate it in infra/local/providers/',
    );
  });
});
