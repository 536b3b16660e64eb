import {
  createProviders,
  type ProvidersProps,
  simulatedClient,
} from '../../../infra/local/providers/providers.ts';
import type { Answer } from '../../../infra/local/providers/simulated-provider.ts';
import type { ArrivedRequest } from '../../../infra/local/providers/token-request.ts';

/** A connection to every simulated provider, beside the request its documentation describes. */
export const connections = [
  {
    connection: 'uqudo',
    provider: 'uqudo',
    settings: {},
    url: 'https://auth.uqudo.io/api/oauth/token',
    credentialsIn: 'body',
    parameters: { grant_type: 'client_credentials' },
    headers: {},
    lifetimeSeconds: 1800,
  },
  {
    connection: 'screening-eagle',
    provider: 'screening-eagle',
    settings: { host: 'inspect.example.com', scope: 'openid inspect' },
    url: 'https://inspect.example.com/api/id/v1/auth/token',
    credentialsIn: 'header',
    parameters: { grant_type: 'client_credentials', scope: 'openid inspect' },
    headers: {},
    lifetimeSeconds: 604_800,
  },
  {
    connection: 'alternative-payments',
    provider: 'alternative-payments',
    settings: {},
    url: 'https://public-api.alternativepayments.io/oauth/token',
    credentialsIn: 'header',
    parameters: { grant_type: 'client_credentials' },
    headers: {},
    lifetimeSeconds: 3600,
  },
  {
    connection: 'igni-acme',
    provider: 'igni',
    settings: { workspace: 'acme' },
    url: 'https://acme.igni.co/api/v1/oauth2/token',
    credentialsIn: 'body',
    parameters: { grant_type: 'client_credentials' },
    headers: { accept: 'application/json' },
    lifetimeSeconds: 172_800,
  },
  {
    connection: 'generic',
    provider: 'oauth2',
    settings: {
      tokenEndpoint: 'https://auth.example.com/token',
      clientAuthentication: 'client_secret_basic',
      encoding: 'rfc6749',
      lifetimeSeconds: 600,
    },
    url: 'https://auth.example.com/token',
    credentialsIn: 'header',
    parameters: { grant_type: 'client_credentials', scope: 'read' },
    headers: {},
    lifetimeSeconds: 600,
  },
] as const;

export interface TestedConnection {
  readonly connection: string;
  readonly url: string;
  readonly credentialsIn: 'header' | 'body';
  readonly parameters: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export const credentialsOf = (connection: string) => ({
  client_id: `id-of-${connection}`,
  client_secret: `secret of ${connection} + 100%`,
});

export const UAE_PASS = {
  connection: 'uae-pass',
  provider: 'uae-pass',
  settings: { redirectUris: ['https://www.example.com/callback'] },
  credentials: credentialsOf('uae-pass'),
};

/** All simulated providers, with a client at each. */
export const everyProvider = (props: Partial<ProvidersProps> = {}) =>
  createProviders({
    clients: [
      ...connections.map((each) => simulatedClient({ ...each, credentials: credentialsOf(each.connection) })),
      simulatedClient(UAE_PASS),
    ],
    ...props,
  });

export const basic = (client_id: string, client_secret: string) =>
  `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`;

const formEncoded = (text: string) => new URLSearchParams({ v: text }).toString().slice(2);

export interface Changes {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly credentials?: { readonly client_id: string; readonly client_secret: string };
  readonly without?: readonly string[];
  readonly body?: string;
}

/** The documented request of a connection, with changes. */
export const requestOf = (tested: TestedConnection, changes: Changes = {}): ArrivedRequest => {
  const { client_id, client_secret } = changes.credentials ?? credentialsOf(tested.connection);
  const url = new URL(changes.url ?? tested.url);
  const encode = tested.connection === 'generic' ? formEncoded : (text: string) => text;
  const inBody = tested.credentialsIn === 'body';
  const parameters = new URLSearchParams({
    ...tested.parameters,
    ...(inBody ? { client_id, client_secret } : {}),
    ...changes.parameters,
  });
  for (const name of changes.without ?? []) parameters.delete(name);
  return {
    method: changes.method ?? 'POST',
    host: url.host,
    path: url.pathname,
    query: url.search.slice(1),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(inBody ? {} : { authorization: basic(encode(client_id), encode(client_secret)) }),
      ...tested.headers,
      ...changes.headers,
    },
    body: Buffer.from(changes.body ?? parameters.toString()),
  };
};

export const multipart = (pairs: readonly (readonly [string, string])[], boundary = 'x'.repeat(20)) =>
  `${pairs
    .map(
      ([name, value]) =>
        `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    .join('')}--${boundary}--\r\n`;

/** The answer of a simulated provider with its body read. */
export const opened = (answer: Answer | string) => {
  if (typeof answer === 'string') throw new Error(`no HTTP answer but ${answer}`);
  const text = answer.body.toString();
  return {
    status: answer.status,
    headers: answer.headers ?? {},
    text,
    json: text.startsWith('{') ? JSON.parse(text) : null,
  };
};
