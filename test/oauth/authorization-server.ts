import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export interface RegisteredClient {
  readonly client_id: string;
  readonly client_secret: string;
  readonly token_endpoint_auth_method: 'client_secret_basic' | 'client_secret_post';
  /** The scopes it may ask for, space separated. @default all */
  readonly scope?: string;
  /** Of its tokens. @default the server's */
  readonly lifetimeSeconds?: number;
}

/** The independent authorization server `oidc-provider` on a loopback port. */
export interface AuthorizationServer {
  readonly tokenEndpoint: string;
  /** Clients that got a token, in order. */
  readonly issuedTo: readonly string[];
  /** The client that a token was issued to; undefined where it was not issued here, has expired or is revoked. */
  readonly holderOf: (token: string) => Promise<string | undefined>;
  readonly revoke: (token: string) => Promise<void>;
  /** An authorization code, as after a person's login. */
  readonly code: (client_id: string, redirect_uri: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export const REDIRECT_URI = 'https://www.example.com/callback';

/** @param lifetimeSeconds of an access token */
export const startAuthorizationServer = async (
  clients: readonly RegisteredClient[],
  lifetimeSeconds: number,
): Promise<AuthorizationServer> => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: clients.map(({ lifetimeSeconds: _, ...client }) => ({
      ...client,
      grant_types: ['client_credentials', 'authorization_code'],
      redirect_uris: [REDIRECT_URI],
      response_types: ['code'],
    })),
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    scopes: ['openid', 'offline_access', 'doors:open'],
    ttl: {
      AccessToken: lifetimeSeconds,
      ClientCredentials: (_ctx, _token, { clientId }) =>
        clients.find(({ client_id }) => client_id === clientId)?.lifetimeSeconds ?? lifetimeSeconds,
      Grant: lifetimeSeconds,
      IdToken: lifetimeSeconds,
    },
  });
  const issuedTo: string[] = [];
  provider.on('grant.success', (ctx) => {
    if (ctx.oidc.client !== undefined) issuedTo.push(ctx.oidc.client.clientId);
  });
  server.on('request', provider.callback());
  return {
    tokenEndpoint: `${issuer}/token`,
    issuedTo,
    holderOf: async (token) => (await provider.ClientCredentials.find(token))?.clientId,
    revoke: async (token) => (await provider.ClientCredentials.find(token))?.destroy(),
    code: async (clientId, redirectUri) => {
      const accountId = 'a-person';
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope('openid');
      const grantId = await grant.save();
      const client = await provider.Client.find(clientId);
      if (client === undefined) throw new Error(`there is no client ${clientId}`);
      const code = new provider.AuthorizationCode({
        accountId,
        client,
        grantId,
        redirectUri,
        scope: 'openid',
        gty: 'authorization_code',
      } as ConstructorParameters<typeof provider.AuthorizationCode>[0]);
      return code.save();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
