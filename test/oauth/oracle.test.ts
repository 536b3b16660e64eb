import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as oauth from 'oauth4webapi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import type { Credentials } from '../../functions/oauth/client-authentication.ts';
import { send } from '../../functions/oauth/send.ts';
import { tokenRequest } from '../../functions/oauth/token-request.ts';
import { tokenFrom } from '../../functions/oauth/token-response.ts';
import { dialect } from '../../functions/providers/index.ts';
import { SECRETS, SENDINGS } from './combinations.ts';
import { DIFFERENCES } from './oracle-differences.ts';
import { RESPONSE_VECTORS, type ResponseVector } from './response-vectors.ts';

interface Received {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let server: Server;
let endpoint: string;
const received: Received[] = [];
let answer: ResponseVector = { name: '', status: 200, body: {} };

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({
      method: request.method,
      url: request.url,
      headers: request.headers,
      body: Buffer.concat(chunks),
    });
    response.writeHead(answer.status, {
      'content-type': 'application/json',
      ...(answer.status >= 300 && answer.status < 400 ? { location: '/elsewhere' } : {}),
    });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`;
});
afterAll(
  () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    }),
);

type Authentication = 'Basic, rfc6749' | 'post';
const DOCUMENTED = 1800;
const scope = 'doors:open windows:close';
const parameters = { audience: 'https://api.example.com/?a=b&c=d' };

const ours = async (authentication: Authentication, credentials: Credentials) => {
  const spoken = dialect('oauth2', {
    ...SENDINGS[authentication],
    tokenEndpoint: endpoint,
    lifetimeSeconds: DOCUMENTED,
    scope,
    parameters,
  });
  const response = await send(await tokenRequest(spoken, credentials), { timeoutMs: 20_000 });
  return tokenFrom(response, { lifetimeSeconds: DOCUMENTED, scope, secrets: [credentials.client_secret] });
};

const theirs = async (authentication: Authentication, { client_id, client_secret }: Credentials) => {
  const as: oauth.AuthorizationServer = { issuer: new URL(endpoint).origin, token_endpoint: endpoint };
  const client: oauth.Client = { client_id };
  const authenticate =
    authentication === 'post'
      ? oauth.ClientSecretPost(client_secret)
      : oauth.ClientSecretBasic(client_secret);
  const response = await oauth.clientCredentialsGrantRequest(
    as,
    client,
    authenticate,
    { scope, ...parameters },
    { [oauth.allowInsecureRequests]: true },
  );
  return oauth.processClientCredentialsResponse(as, client, response);
};

const credentials: Credentials = { client_id: 'the-client', client_secret: 'the-secret' };

/** What both sent to the same question. */
const bothSent = async (authentication: Authentication, used: Credentials): Promise<[Received, Received]> => {
  answer = RESPONSE_VECTORS[0] as ResponseVector;
  received.length = 0;
  await ours(authentication, used);
  await theirs(authentication, used);
  return received as unknown as [Received, Received];
};

/** The pairs of a form as they were sent, sorted: RFC 6749 leaves their order open. */
const pairs = ({ body }: Received) => body.toString('latin1').split('&').sort();

describe.each(['Basic, rfc6749', 'post'] as const)('a request with credentials by %s', (authentication) => {
  it('is the same POST, with the same form, as that of oauth4webapi', async () => {
    const [us, them] = await bothSent(authentication, credentials);
    expect([us.method, us.url]).toEqual([them.method, them.url]);
    expect(pairs(us)).toEqual(pairs(them));
    expect(us.headers.accept).toBe(them.headers.accept);
    expect(us.headers['content-length']).toBe(them.headers['content-length']);
  });

  it('differs in the content type by the charset, which the media type does not define', async () => {
    const [us, them] = await bothSent(authentication, credentials);
    expect(them.headers['content-type']).toBe(`${us.headers['content-type']};charset=UTF-8`);
  });

  it.each(Object.entries(SECRETS))(
    'carries a secret with %s as that of oauth4webapi does',
    async (_, secret) => {
      const used = { client_id: 'tenant:app', client_secret: secret };
      const [us, them] = await bothSent(authentication, used);
      expect(pairs(us)).toEqual(pairs(them));
      expect(basicOf(us)).toEqual(basicOf(them));
    },
  );
});

describe('a Basic header', () => {
  // Form encoding may, and need not, escape these four: both spellings decode to the same secret.
  it('equals that of oauth4webapi byte for byte, but for * - . _ which only it escapes', async () => {
    const used = { client_id: 'app', client_secret: `every ${printable.replace(/[-*._]/g, '')}` };
    const [us, them] = await bothSent('Basic, rfc6749', used);
    expect(us.headers.authorization).toBe(them.headers.authorization);
    const [plain, escaped] = await bothSent('Basic, rfc6749', { ...used, client_secret: '*-._' });
    expect(decoded(plain)).toBe('app:*-._');
    expect(decoded(escaped)).toBe('app:%2A%2D%2E%5F');
  });
});

const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
const decoded = ({ headers }: Received) =>
  Buffer.from((headers.authorization ?? '').slice('Basic '.length), 'base64').toString();
/** Id and secret as a server reads them (RFC 6749 Appendix B). */
const basicOf = (sent: Received) =>
  sent.headers.authorization === undefined
    ? null
    : decoded(sent)
        .split(':')
        .map((part) => new URLSearchParams(`v=${part}`).get('v'));

describe('a response', () => {
  const judged = async (vector: ResponseVector) => {
    answer = vector;
    const [us, them] = await Promise.allSettled([ours('post', credentials), theirs('post', credentials)]);
    if (us.status === 'rejected' && !(us.reason instanceof RefreshError)) throw us.reason;
    return { us, them };
  };
  /** In seconds, as oauth4webapi reads it. */
  const theirLifetime = ({ expires_in }: oauth.TokenEndpointResponse) => expires_in ?? DOCUMENTED;

  it.each(RESPONSE_VECTORS.map((vector) => [vector.name, vector] as const))(
    'with %s is judged as oauth4webapi does, or for a reason on the list',
    async (name, vector) => {
      const { us, them } = await judged(vector);
      const expected = DIFFERENCES[name]?.here ?? 'as oauth4webapi';
      if (us.status === 'rejected' || them.status === 'rejected') {
        const here = us.status === 'rejected' ? 'refused' : 'accepted';
        expect(us.status === them.status ? 'as oauth4webapi' : here).toBe(expected);
        return;
      }
      expect(us.value.access_token).toBe(them.value.access_token);
      const seconds = (us.value.expiresAt - us.value.issuedAt) / 1000;
      expect(seconds === theirLifetime(them.value) ? 'as oauth4webapi' : 'another lifetime').toBe(expected);
    },
  );

  it('is on the list only where it is among those tried', () => {
    const names = RESPONSE_VECTORS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(Object.keys(DIFFERENCES).filter((name) => !names.includes(name))).toEqual([]);
  });
});
