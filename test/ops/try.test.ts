import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ops } from './terminal.ts';

const TOKEN = 'canary-token-4d7be1';
const CREDENTIALS = JSON.stringify({ client_id: 'the-client', client_secret: 'kX93-canary-7f' });

let server: Server;
let reply: { status: number; body: unknown } = { status: 200, body: {} };
const bodies: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(reply.status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(reply.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const settings = (...more: string[]) =>
  [
    `tokenEndpoint=http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    'clientAuthentication=client_secret_post',
    'lifetimeSeconds=3600',
    ...more,
  ].flatMap((setting) => ['--set', setting]);
const tryIt = (args: string[], stdin = CREDENTIALS) =>
  ops(['try', 'oauth2', ...args], { stdin, now: () => 1_900_000_000_000 });

describe('a try', () => {
  it('tells everything about the token but the token', async () => {
    reply = {
      status: 200,
      body: { access_token: TOKEN, expires_in: 1859, token_type: 'bearer', scope: 'read' },
    };
    const { code, out, err } = await tryIt(
      settings('scope=read', 'parameters.audience=https://api.example.com'),
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.split('\n')).toEqual([
      '✔ oauth2: a token, HTTP 200 in 0 ms',
      '  lifetime  30m 59s (1859 s, documented: 1h)',
      '  type      bearer, opaque, 19 bytes',
      '  scope     read',
      '',
    ]);
    expect(Object.fromEntries(new URLSearchParams(bodies.at(-1)))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'the-client',
      client_secret: 'kX93-canary-7f',
      scope: 'read',
      audience: 'https://api.example.com',
    });
  });

  it('warns of what a deployed connection would suffer from', async () => {
    reply = {
      status: 200,
      body: { access_token: `eyJhbGciOiJub25lIn0.${'e'.repeat(5000)}.x`, expires_in: 120 },
    };
    const { code, out } = await tryIt([...settings(), '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      provider: 'oauth2',
      accepted: true,
      form: 'JWT',
      bytes: 5022,
      lifetimeSeconds: 120,
      documentedLifetimeSeconds: 3600,
      warnings: [
        'token_type is missing, taken as Bearer',
        'over 4096 bytes: SSM stores it as an Advanced parameter, which costs',
        expect.stringMatching(
          /^with this lifetime the connection could not be kept fresh: renewBefore is 60 s/,
        ),
      ],
    });
    expect(out).not.toContain('eeeeee');
  });

  it('tells why there is no token, and exits with 2', async () => {
    reply = {
      status: 401,
      body: { error: 'invalid_client', error_description: 'no kX93-canary-7f here' },
    };
    const { code, out } = await tryIt(settings());
    expect(code).toBe(2);
    expect(out).toBe(
      '✖ oauth2: no token (HTTP 401)\n' +
        '  credentials_rejected: the provider rejected the credentials (HTTP 401: invalid_client, no *** here)\n',
    );
  });

  it('tells the same where nobody answers', async () => {
    const { code, out } = await tryIt([
      ...settings().slice(2),
      '--set',
      'tokenEndpoint=http://127.0.0.1:9/token',
      '--json',
    ]);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ accepted: false, status: null, code: 'unreachable' });
  });

  it('takes a code where the provider needs one', async () => {
    reply = { status: 200, body: { access_token: TOKEN, expires_in: 3600, token_type: 'bearer' } };
    const more = ['grant=authorization_code', 'redirectUris=https://www.example.com/callback'];
    const stdin = JSON.stringify({ ...JSON.parse(CREDENTIALS), code: 'canary-code-9911' });
    const { code, out } = await tryIt(settings(...more), stdin);
    expect(code).toBe(0);
    expect(out).not.toContain('canary');
    expect(Object.fromEntries(new URLSearchParams(bodies.at(-1)))).toMatchObject({
      grant_type: 'authorization_code',
      code: 'canary-code-9911',
      redirect_uri: 'https://www.example.com/callback',
    });
  });

  it('says what to write where a setting is wrong, before it asks for credentials', async () => {
    expect(await ops(['try', 'igni', '--set', 'workspace=a.b'])).toEqual({
      code: 1,
      out: '',
      err: 'error: igni: workspace must be one DNS label (letters, digits and inner hyphens, 1 to 63), such as "acme"\n',
    });
    expect((await ops(['try', 'nobody'])).err).toContain('there is no provider "nobody": known are uqudo');
  });
});
