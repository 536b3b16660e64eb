import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { renderBoard } from '../../functions/board/render.ts';
import { type BoardPage, serveBoardPage } from '../../infra/local/board-page.ts';
import { type Sandbox, startSandbox } from '../../infra/local/sandbox.ts';
import { chromiumIsPresent, launch } from '../board/browser.ts';
import { PLACE, row } from '../board/rows.ts';
import { useAssembly } from './assembly-fixture.ts';

const assembly = useAssembly();

describe.runIf(chromiumIsPresent())('the board over the running sandbox', () => {
  let browser: Browser;
  let sandbox: Sandbox | undefined;
  let served: BoardPage | undefined;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());
  afterEach(async () => {
    await served?.close();
    await sandbox?.close();
  });

  it('refreshes a connection on a click on "Refresh now", by the deployed function', async () => {
    const running = await startSandbox({
      assemblyDirectory: assembly.directory,
      only: ['uqudo'],
    });
    sandbox = running;
    served = await serveBoardPage({
      render: async () => {
        const statuses = await running.statuses();
        return renderBoard({
          rows: running.connections.map((one) => row(one.connection, statuses.get(one.connection) ?? null)),
          prefix: '/token-refresher',
          now: Date.now(),
          theme: 'auto',
          place: { ...PLACE, console: false },
        });
      },
      invoke: async (functionName, payload) =>
        JSON.parse((await running.invoke(functionName.replace('token-refresher-', ''), payload)).payload),
    });
    const page = await browser.newPage();
    page.on('dialog', (dialog) => dialog.accept());
    await page.goto(served.url);
    await page.getByText('no report yet').first().waitFor();
    await page.getByText('Refresh now', { exact: true }).click();
    await page.locator('dialog[open] pre').waitFor();
    expect(await page.locator('dialog pre').textContent()).toContain('"outcome": "refreshed"');
    await page.locator('.state.ok', { hasText: 'fresh' }).waitFor();
    expect((await running.statuses()).get('uqudo')?.tokenVersion).toBe(1);
  });
});
