/** The wire contract of each provider, as documented: one row a provider and environment. */
export const contracts = [
  {
    id: 'uqudo',
    settings: {},
    url: 'https://auth.uqudo.io/api/oauth/token',
    authentication: 'client_secret_post',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 1800,
  },
  {
    id: 'uqudo',
    settings: { environment: 'dev' },
    url: 'https://auth.dev.uqudo.io/api/oauth/token',
    authentication: 'client_secret_post',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 1800,
  },
  {
    id: 'uae-pass',
    settings: { redirectUris: ['https://www.example.com/cb'] },
    url: 'https://id.uaepass.ae/idshub/token',
    authentication: 'client_secret_basic',
    bodyFormat: 'multipart',
    body: { grant_type: 'authorization_code' },
    lifetimeSeconds: 3600,
  },
  {
    id: 'uae-pass',
    settings: { redirectUris: ['https://www.example.com/cb'], environment: 'staging', bodyFormat: 'form' },
    url: 'https://stg-id.uaepass.ae/idshub/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'authorization_code' },
    lifetimeSeconds: 3600,
  },
  {
    id: 'screening-eagle',
    settings: { host: 'inspect.example.com', scope: 'openid email profile inspect' },
    url: 'https://inspect.example.com/api/id/v1/auth/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'client_credentials', scope: 'openid email profile inspect' },
    lifetimeSeconds: 604_800,
  },
  {
    id: 'alternative-payments',
    settings: {},
    url: 'https://public-api.alternativepayments.io/oauth/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 3600,
  },
  {
    id: 'alternative-payments',
    settings: { environment: 'demo' },
    url: 'https://public-api.demo.alternativepayments.io/oauth/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 3600,
  },
  {
    id: 'igni',
    settings: { workspace: 'acme' },
    url: 'https://acme.igni.co/api/v1/oauth2/token',
    authentication: 'client_secret_post',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 172_800,
  },
  {
    id: 'oauth2',
    settings: {
      tokenEndpoint: 'https://auth.example.com/token',
      clientAuthentication: 'client_secret_basic',
      lifetimeSeconds: 900,
      scope: 'read write',
      parameters: { audience: 'https://api.example.com' },
    },
    url: 'https://auth.example.com/token',
    authentication: 'client_secret_basic',
    body: { grant_type: 'client_credentials', audience: 'https://api.example.com', scope: 'read write' },
    lifetimeSeconds: 900,
  },
  {
    id: 'oauth2',
    settings: {
      tokenEndpoint: 'https://auth.example.com/token',
      clientAuthentication: 'client_secret_post',
      lifetimeSeconds: 900,
    },
    url: 'https://auth.example.com/token',
    authentication: 'client_secret_post',
    body: { grant_type: 'client_credentials' },
    lifetimeSeconds: 900,
  },
] as const;

/** Settings that a provider takes, for a test that needs some. @throws Error where the provider has no contract */
export const settingsOf = (id: string): Readonly<Record<string, unknown>> => {
  const found = contracts.find((contract) => contract.id === id);
  if (found === undefined) throw new Error(`${id} has no contract: write one in test/providers/contracts.ts`);
  return found.settings;
};
