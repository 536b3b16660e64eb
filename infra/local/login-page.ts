import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { htmlEscape } from 'escape-goat';
import type { Connection } from '../../functions/connection.ts';
import type { ExchangeAnswer, HandIn } from '../../functions/exchange-event.ts';
import { dialect } from '../../functions/providers/index.ts';
import { AUTHORIZE_PATH } from './providers/authorize.ts';
import type { Providers } from './providers/providers.ts';

export interface LoginPageProps {
  /** Those whose tokens need a login. */
  readonly connections: readonly Connection[];
  /** The client_id of a connection, as far as it is known. */
  readonly clientId: (connection: string) => string;
  readonly providers: Pick<Providers, 'answer'>;
  /** Invokes the exchange function of a connection. @throws Error where the function failed */
  readonly exchange: (
    connection: string,
    handIn: Pick<HandIn, 'code' | 'redirectUri'>,
  ) => Promise<ExchangeAnswer>;
}

export interface LoginPage {
  /** Where a person logs in, by connection. */
  readonly links: ReadonlyMap<string, string>;
  readonly close: () => Promise<void>;
}

/** One login that is under way. */
interface Attempt {
  readonly connection: string;
  readonly redirectUri: string;
}

/**
 * A service provider's web site on loopback, and beside it the simulated authorize pages under paths of their own
 * (`/at/{host}/…`). Where an authorize page sends the browser to a registered redirect URI, it gets to `/callback/…`
 * here, as the functions' connections get to the simulated providers.
 *
 * It does what a back end has to do: a `state` per login, bound to the browser by a cookie, verified and used once,
 * before the code is handed in.
 */
export const serveLoginPage = async (props: LoginPageProps): Promise<LoginPage> => {
  const attempts = new Map<string, Attempt>();
  const server = createServer((request, response) => {
    respond(request, response).catch((error: unknown) => {
      page(response, 500, 'It did not work', error instanceof Error ? error.message : 'unknown error');
    });
  });
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', origin());
    // A site under another name that points here must not be able to read what is here.
    if (request.headers.host !== url.host) return page(response, 403, 'Unknown host', '');
    const [, first = '', second = '', ...rest] = url.pathname.split('/');
    const connection = props.connections.find((one) => one.connection === second);
    if (first === 'at') return authorizePage(request, response, second, `/${rest.join('/')}`, url.search);
    if (request.method !== 'GET') return page(response, 405, 'Only GET', '');
    if (first === 'login' && connection !== undefined) return login(response, connection);
    if (first === 'callback' && connection !== undefined) {
      return callback(response, connection, url.searchParams, cookieOf(request));
    }
    return page(response, 404, 'There is nothing here', '');
  };

  const login = (response: ServerResponse, { connection, provider, settings }: Connection): void => {
    const { tokenEndpoint, redirectUris = [] } = dialect(provider, settings);
    const state = randomBytes(16).toString('base64url');
    const redirectUri = redirectUris[0] ?? '';
    attempts.set(state, { connection, redirectUri });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: props.clientId(connection),
      redirect_uri: redirectUri,
      scope: 'urn:uae:digitalid:profile:general',
      acr_values: 'urn:safelayer:tws:policies:authentication:level:low',
      state,
    });
    const { host } = new URL(tokenEndpoint);
    response.setHeader('set-cookie', `state=${state}; HttpOnly; SameSite=Lax; Path=/callback; Max-Age=300`);
    redirect(response, `/at/${host}${AUTHORIZE_PATH}?${query}`);
  };

  const authorizePage = async (
    request: IncomingMessage,
    response: ServerResponse,
    host: string,
    path: string,
    search: string,
  ): Promise<void> => {
    if (path !== AUTHORIZE_PATH) return page(response, 404, 'There is nothing here', '');
    const { method = 'GET', headers } = request;
    const arrived = { method, host, path, query: search.slice(1), headers, body: await buffer(request) };
    const answer = props.providers.answer(arrived, Date.now());
    if (typeof answer === 'string') {
      response.destroy();
      return;
    }
    const location = answer.headers?.['location'];
    if (location !== undefined) return redirect(response, toCallback(location));
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const toCallback = (location: string): string => {
    const attempt = attempts.get(new URL(location).searchParams.get('state') ?? '');
    if (attempt === undefined || !location.startsWith(attempt.redirectUri)) {
      throw new Error('the authorize page sends the browser somewhere else than to the redirect URI');
    }
    return `/callback/${attempt.connection}${new URL(location).search}`;
  };

  const callback = async (
    response: ServerResponse,
    { connection, tokenParameter }: Connection,
    parameters: URLSearchParams,
    cookie: string,
  ): Promise<void> => {
    const state = parameters.get('state') ?? '';
    const attempt = attempts.get(state);
    const mine = attempt !== undefined && attempt.connection === connection && same(state, cookie);
    if (!mine) {
      const why = 'This login was not begun in this browser, or is over. The code was not handed in.';
      return page(response, 400, 'Not logged in', why);
    }
    attempts.delete(state);
    response.setHeader('set-cookie', 'state=; HttpOnly; SameSite=Lax; Path=/callback; Max-Age=0');
    const code = parameters.get('code');
    if (code === null)
      return page(response, 400, 'Not logged in', parameters.get('error') ?? 'There is no code.');
    const answer = await props.exchange(connection, { code, redirectUri: attempt.redirectUri });
    const { outcome, reason, tokenVersion, expiresAt } = answer;
    return outcome === 'exchanged'
      ? page(
          response,
          200,
          outcome,
          `Version ${tokenVersion} of ${tokenParameter}, valid until ${expiresAt}.`,
        )
      : page(response, 502, outcome, reason);
  };

  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    links: new Map(
      props.connections.map(({ connection }) => [connection, `${origin()}/login/${connection}`]),
    ),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const same = (one: string, other: string): boolean =>
  one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));

const cookieOf = ({ headers }: IncomingMessage): string =>
  /(?:^|; )state=([\w-]+)/.exec(headers.cookie ?? '')?.[1] ?? '';

const redirect = (response: ServerResponse, location: string): void => {
  response.writeHead(302, { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' }).end();
};

const page = (response: ServerResponse, status: number, title: string, text: string): void => {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-store',
    // The address of the callback holds the code.
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
  });
  response.end(htmlEscape`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Service provider (simulated)</title>
<style>body{font:1rem system-ui;max-width:40rem;margin:4rem auto;color-scheme:light dark}</style></head>
<body><h1>Service provider (simulated)</h1><p id="outcome"><strong>${title}</strong></p><p>${text}</p></body></html>
`);
};
