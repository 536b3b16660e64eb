import { request } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { renderBoard } from '../../functions/board/render.ts';
import { type BoardPage, serveBoardPage } from '../../infra/local/board-page.ts';
import { chromiumIsPresent, launch } from '../board/browser.ts';
import { inMinutes, NOW, PLACE, row } from '../board/rows.ts';

interface Call {
  functionName: string;
  payload: unknown;
}

let calls: Call[];
let version: number;
let served: BoardPage;

// A refresher of one connection that refreshes when it is asked to.
const render = async (): Promise<string> =>
  renderBoard({
    rows: [
      row('uqudo', {
        state: 'fresh',
        issuedAt: inMinutes(-30),
        expiresAt: inMinutes(30 + version),
        tokenVersion: version,
      }),
    ],
    prefix: '/token-refresher',
    now: NOW,
    theme: 'auto',
    place: { ...PLACE, console: false },
  });

beforeEach(async () => {
  calls = [];
  version = 1;
  served = await serveBoardPage({
    render,
    invoke: async (functionName, payload) => {
      calls.push({ functionName, payload });
      version += 1;
      return { outcome: 'refreshed', tokenVersion: version };
    },
  });
});
afterEach(() => served.close());

const ask = (
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body = '',
): Promise<{ status: number | undefined; headers: NodeJS.Dict<string | string[]>; text: string }> =>
  new Promise((resolve, reject) => {
    const sent = request(new URL(path, served.url), { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, text }));
    });
    sent.on('error', reject).end(body);
  });

const CALL = JSON.stringify({
  endpoint: 'arn:aws:lambda:eu-central-1:111122223333:function:token-refresher-uqudo',
  payload: { action: 'refresh' },
});

describe('the local page', () => {
  it('shows the board, and lets no script run but its own', async () => {
    const { status, headers, text } = await ask('GET', '/');
    expect(status).toBe(200);
    expect(text).toContain('data-connection="uqudo"');
    const nonce = /script-src 'nonce-([^']+)'/.exec(String(headers['content-security-policy']))?.[1];
    expect(text).toContain(`<script nonce="${nonce}">`);
  });

  it('invokes the function that a button names', async () => {
    const { status, text } = await ask('POST', '/invoke', { origin: served.url }, CALL);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({ outcome: 'refreshed', tokenVersion: 2 });
    expect(calls).toEqual([{ functionName: 'token-refresher-uqudo', payload: { action: 'refresh' } }]);
  });

  it.each([
    ['from another site', { origin: 'http://example.com' }],
    ['without an origin', {}],
    ['under another host name, which points here', { origin: 'http://example.com', host: 'example.com' }],
  ])('invokes nothing %s', async (_, headers) => {
    expect((await ask('POST', '/invoke', headers as Record<string, string>, CALL)).status).toBe(403);
    expect(calls).toEqual([]);
  });

  it('answers what is wrong', async () => {
    expect((await ask('GET', '/elsewhere')).status).toBe(404);
    expect((await ask('POST', '/invoke', { origin: served.url }, 'not JSON')).status).toBe(500);
  });

  it('frees its port when it is closed', async () => {
    await served.close();
    await expect(ask('GET', '/')).rejects.toThrow(/ECONNREFUSED/);
  });
});

describe.runIf(chromiumIsPresent())('the local page in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const press = async (button: string, answer: 'accept' | 'dismiss') => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('dialog', async (dialog) => {
      asked.push(dialog.message());
      await dialog[answer]();
    });
    await page.goto(served.url);
    await page.getByText(button, { exact: true }).click();
    return { page, asked };
  };

  it('refreshes on a click on "Refresh now", shows the answer and the new expiry', async () => {
    const { page, asked } = await press('Refresh now', 'accept');
    await page.locator('dialog[open] pre').waitFor();
    expect(asked).toEqual(['Refresh uqudo if it is due, or if its secret has changed?']);
    expect(await page.locator('dialog pre').textContent()).toContain('"outcome": "refreshed"');
    await page.getByText('in 32m').waitFor();
    expect(calls).toEqual([
      {
        functionName: 'token-refresher-uqudo',
        payload: { action: 'refresh', force: false, reason: 'board' },
      },
    ]);
    await page.close();
  });

  it.each(['Enter', ' '])('refreshes on the key "%s", and leaves the focus on the button', async (key) => {
    const page = await browser.newPage();
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto(served.url);
    const focused = () => page.evaluate<string>('document.activeElement.textContent');
    while ((await focused()) !== 'Refresh now') await page.keyboard.press('Tab');
    await page.keyboard.press(key);
    await page.locator('dialog[open] pre').waitFor();
    expect(calls).toHaveLength(1);
    await page.keyboard.press('Escape');
    expect(await focused()).toBe('Refresh now');
    await page.getByText('in 32m').waitFor();
    await page.close();
  });

  it.each([
    ['something is selected', "getSelection().selectAllChildren(document.querySelector('.name'))"],
    ['nothing has changed', 'null'],
  ])('is not redrawn where %s', async (_, script) => {
    const page = await browser.newPage();
    await page.clock.install();
    await page.goto(served.url);
    // The first look draws, as it cannot know what the page was served with.
    await page.evaluate("document.querySelector('.tr-board').id = 'served'");
    await page.clock.runFor(1500);
    await page.locator('#served').waitFor({ state: 'detached' });
    await page.evaluate(`${script}; document.querySelector('.tr-board').id = 'the-same'`);
    if (script !== 'null') version += 1;
    await page.clock.runFor(3000);
    await page.evaluate("fetch('/board')");
    expect(await page.locator('#the-same').count()).toBe(1);
    await page.close();
  });

  it('is not redrawn by an answer that comes after something was selected', async () => {
    const page = await browser.newPage();
    await page.clock.install();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      void page.route('**/board', async (route) => {
        resolve();
        await new Promise<void>((ready) => {
          answer = ready;
        });
        await route.continue();
      });
    });
    await page.goto(served.url);
    await page.clock.runFor(1000);
    await asked;
    await page.evaluate("getSelection().selectAllChildren(document.querySelector('.name'))");
    await page.evaluate("document.querySelector('.tr-board').id = 'the-same'");
    const answered = page.waitForResponse('**/board');
    answer();
    await (await answered).finished();
    await page.evaluate('0');
    expect(await page.locator('#the-same').count()).toBe(1);
    await page.close();
  });

  it('does nothing where the confirmation is declined', async () => {
    const { page, asked } = await press('Force', 'dismiss');
    expect(asked).toHaveLength(1);
    expect(calls).toEqual([]);
    await page.close();
  });
});
