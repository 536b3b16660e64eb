// Run by package.test.ts and `npm run test:node22`: reads a token with the built package over a socket.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'smoke-token';
let reads = 0;
const server = createServer(async (request: IncomingMessage, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  reads += 1;
  const [token, status] = (JSON.parse(body) as { Names: string[] }).Names;
  const expiresAt = new Date(Date.now() + 1_800_000).toISOString();
  response.setHeader('content-type', 'application/x-amz-json-1.1').end(
    JSON.stringify({
      Parameters: [
        { Name: token, Value: TOKEN, Version: 1 },
        { Name: status, Value: JSON.stringify({ tokenVersion: 1, expiresAt }), Version: 1 },
      ],
    }),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
Object.assign(process.env, {
  AWS_ENDPOINT_URL_SSM: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});

const { authorizedFetch, getToken, tokenMiddleware } = await import('token-refresher/reader');
const context = { tokens: { uqudo: '' } };
await tokenMiddleware('uqudo').before({ context });
const echo: typeof fetch = async (_, init) =>
  new Response(String(new Headers(init?.headers).get('authorization')));
const answer = await authorizedFetch('uqudo', { fetch: echo })('https://api.example.com');
server.close();
server.closeAllConnections();

process.stdout.write(
  JSON.stringify({
    node: process.versions.node.split('.')[0],
    reads,
    read: (await getToken('uqudo')) === TOKEN,
    fetched: (await answer.text()) === `Bearer ${TOKEN}`,
    inContext: context.tokens.uqudo === TOKEN,
  }),
);
