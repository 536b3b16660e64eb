import { htmlEscape } from 'escape-goat';
import type { AuthorizationCodes } from './authorization-codes.ts';
import type { Answer } from './simulated-provider.ts';
import type { SimulatedClient } from './token-endpoint.ts';
import type { ArrivedRequest } from './token-request.ts';

export const AUTHORIZE_PATH = '/idshub/authorize';

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'",
};

/**
 * The authorize page: GET shows a login button, POST (the button) sends the browser back with a code and the `state`.
 * An unknown client or redirect URI is shown to the person and never redirected to (RFC 6749 §4.1.2.1).
 *
 * @param now milliseconds since the epoch
 */
export const authorize = (
  { method, query }: Pick<ArrivedRequest, 'method' | 'query'>,
  clients: readonly SimulatedClient[],
  codes: AuthorizationCodes,
  now: number,
): Answer => {
  const asked = new URLSearchParams(query);
  const client_id = asked.get('client_id') ?? '';
  const redirect_uri = asked.get('redirect_uri') ?? '';
  const client = clients.find(({ credentials }) => credentials.client_id === client_id);
  if (client === undefined) return page(400, '<p>This client_id is not registered.</p>');
  if (!client.redirectUris.includes(redirect_uri)) {
    return page(400, '<p>This redirect_uri is not registered for the client.</p>');
  }
  const back = (answer: Readonly<Record<string, string>>): Answer => {
    const url = new URL(redirect_uri);
    const state = asked.get('state');
    const parameters = { ...answer, ...(state === null ? {} : { state }) };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { status: 302, headers: { location: url.href }, body: '' };
  };
  if (asked.get('response_type') !== 'code') return back({ error: 'unsupported_response_type' });
  if (method === 'POST') return back({ code: codes.issue({ client_id, redirect_uri }, now) });
  if (method !== 'GET') return { status: 405, headers: { allow: 'GET, POST' }, body: '' };
  return page(
    200,
    htmlEscape`<p>${client.connection} asks who you are.</p>
      <form method="post" action="?${query}"><button type="submit">Log in</button></form>`,
  );
};

const page = (status: number, content: string): Answer => ({
  status,
  headers: HEADERS,
  body: `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>UAE PASS (simulated)</title>
    <style>body{font:1rem system-ui;max-width:30rem;margin:4rem auto}button{font:inherit;padding:.5rem 2rem}</style>
  </head>
  <body><h1>UAE PASS (simulated)</h1>${content}</body>
</html>
`,
});
