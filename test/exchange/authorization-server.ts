import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Provider } from 'oidc-provider';

export const CLIENT = { client_id: 'the-client', client_secret: 'the-secret' };

/**
 * An authorization server nobody here wrote, on loopback: oidc-provider, with its own login and consent pages. Its codes
 * live 60 s.
 */
export const startAuthorizationServer = async (redirect_uris: string[]) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [
      {
        ...CLIENT,
        redirect_uris,
        grant_types: ['authorization_code'],
        response_types: ['code'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
    cookies: { keys: ['not-a-secret'] },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 3600, IdToken: 60, Interaction: 60, Session: 60 },
  });
  const tokenRequests: string[] = [];
  server.on('request', (request, response) => {
    if (request.url === '/token') tokenRequests.push(request.headers['content-type'] ?? '');
    provider.callback()(request, response);
  });

  return {
    issuer,
    /** Content types of the requests that reached the token endpoint. */
    tokenRequests,
    /** What the server says of a token at its userinfo endpoint: 200 while it is valid. */
    userinfo: async (access_token: string) =>
      (await fetch(`${issuer}/me`, { headers: { authorization: `Bearer ${access_token}` } })).status,
    /** A person's browser: authorization request, login, consent. Answers where it is sent in the end. */
    login: (parameters: Record<string, string>) => login(issuer, parameters),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};

const login = async (issuer: string, parameters: Record<string, string>): Promise<URL> => {
  const cookies = new Map<string, string>();
  const visit = async (url: URL, form?: Record<string, string>): Promise<Response> => {
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams(form) }),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      cookies.set(name, value);
    }
    return response;
  };
  const asked = { client_id: CLIENT.client_id, response_type: 'code', scope: 'openid', ...parameters };
  let next = new URL(`/auth?${new URLSearchParams(asked)}`, issuer);
  const forms: Record<string, string>[] = [
    { prompt: 'login', login: 'somebody', password: 'anything' },
    { prompt: 'consent' },
  ];
  for (let step = 0; step < 12 && next.origin === issuer; step += 1) {
    const response = await visit(next);
    const location = response.headers.get('location');
    if (location !== null) {
      next = new URL(location, next);
      continue;
    }
    const page = await response.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    const answered = await visit(new URL(action ?? '', next), forms.shift());
    next = new URL(answered.headers.get('location') ?? '', next);
  }
  return next;
};
