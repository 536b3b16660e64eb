import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the page shows, and what its buttons do. */
export interface BoardPageProps {
  /** The board's HTML, as the dashboard shows it. */
  readonly render: () => Promise<string>;
  /** Invokes a refresh function and answers its answer. */
  readonly invoke: (functionName: string, payload: unknown) => Promise<unknown>;
}

export interface BoardPage {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves the board on loopback, with a script that does for its buttons what the CloudWatch console does. */
export const serveBoardPage = async ({ render, invoke }: BoardPageProps): Promise<BoardPage> => {
  const server: Server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      send(response, 500, 'text/plain', error instanceof Error ? error.message : 'unknown error');
    });
  });
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const origin = `http://${request.headers.host}`;
    // Another site in the same browser must be able neither to read the page nor to press its buttons.
    if (origin !== urlOf(server)) return send(response, 403, 'text/plain', 'unknown host');
    if (request.method === 'GET' && request.url === '/') {
      const nonce = randomBytes(16).toString('base64');
      response.setHeader(
        'content-security-policy',
        `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; connect-src 'self'`,
      );
      return send(response, 200, 'text/html', page(await render(), nonce));
    }
    if (request.method === 'GET' && request.url === '/board') {
      return send(response, 200, 'text/html', await render());
    }
    if (request.method === 'POST' && request.url === '/invoke') {
      if (request.headers.origin !== origin) return send(response, 403, 'text/plain', 'unknown origin');
      const call = JSON.parse(await text(request)) as { endpoint: string; payload: unknown };
      const functionName = call.endpoint.split(':').at(-1) ?? '';
      return send(
        response,
        200,
        'application/json',
        JSON.stringify(await invoke(functionName, call.payload), null, 2),
      );
    }
    return send(response, 404, 'text/plain', 'there is only /');
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: urlOf(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const send = (response: ServerResponse, status: number, type: string, body: string): void => {
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store' });
  response.end(body);
};

const page = (board: string, nonce: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Connections</title>
<style>body{margin:0;background:Canvas;color-scheme:light dark}dialog{max-width:90vw}pre{white-space:pre-wrap}</style></head>
<body><main id="board">${board}</main><dialog id="answer"><pre></pre><form method="dialog"><button>Close</button></form></dialog>
<script nonce="${nonce}">
const board = document.getElementById('board');
const dialog = document.getElementById('answer');
const show = (text) => { dialog.querySelector('pre').textContent = text; dialog.showModal(); };
let shown;
const reload = async (mayDraw = () => true) => {
  const found = await fetch('/board');
  const html = await found.text();
  if (!found.ok || html === shown || !mayDraw()) return;
  const focused = keyOf(document.activeElement);
  board.innerHTML = shown = html;
  if (focused) [...board.querySelectorAll('a.btn')].find((button) => keyOf(button) === focused)?.focus();
};
// Rows change places: a button is known by its connection and what it says.
const keyOf = (button) => button.matches('a.btn') && button.closest('tr').dataset.connection + ' ' + button.textContent;
const inUse = () => dialog.open || board.querySelector(':active,:focus-visible') || (!getSelection().isCollapsed && board.contains(getSelection().anchorNode));
const isIdle = () => !inUse();
board.addEventListener('click', async ({ target }) => {
  const action = target.closest('a.btn')?.nextElementSibling;
  if (action?.localName !== 'cwdb-action' || !confirm(action.getAttribute('confirmation'))) return;
  const body = JSON.stringify({ endpoint: action.getAttribute('endpoint'), payload: JSON.parse(action.textContent) });
  const found = await fetch('/invoke', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const answer = await found.text();
  await reload();
  show(answer);
});
board.addEventListener('keydown', (event) => {
  if (!event.target.matches('a.btn') || !['Enter', ' '].includes(event.key)) return;
  event.preventDefault();
  event.target.click();
});
setInterval(() => { if (isIdle()) reload(isIdle).catch(() => {}); }, 1000);
</script></body></html>`;
