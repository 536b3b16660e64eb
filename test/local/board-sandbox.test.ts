import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serveBoard } from '../../infra/local/board.ts';
import { startSandbox } from '../../infra/local/sandbox.ts';
import { chromiumIsPresent, launch } from '../board/browser.ts';
import { useAssembly } from './assembly-fixture.ts';

const assembly = useAssembly();

describe.runIf(chromiumIsPresent())('the deployed board over the running sandbox, in Chromium', () => {
  let browser: Browser;
  const open: { close: () => Promise<unknown> }[] = [];
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close();
  });

  it('refreshes a connection on a click on "Refresh now", and shows it', async () => {
    const sandbox = await startSandbox({ assemblyDirectory: assembly.directory, only: ['uqudo'] });
    open.push(sandbox);
    const board = await serveBoard(sandbox);
    if (board === null) throw new Error('the stack has no board');
    open.push(board);
    const page = await browser.newPage();
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto(board.url);
    const row = page.locator('tr[data-connection="uqudo"]');
    await row.getByText('no report yet').waitFor();
    await row.getByText('Refresh now', { exact: true }).click();
    await page.locator('dialog[open] pre').waitFor();
    expect(await page.locator('dialog pre').textContent()).toContain('"outcome": "refreshed"');
    await row.locator('.state.ok', { hasText: 'fresh' }).waitFor();
    expect((await sandbox.statuses()).get('uqudo')?.tokenVersion).toBe(1);
    await page.close();
  });
});
