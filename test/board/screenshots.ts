import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { renderBoard } from '../../functions/board/render.ts';
import { launch } from './browser.ts';
import { FIVE, NOW, PLACE } from './rows.ts';

// Writes docs/images: the board in both themes at full width, and at the width of 6 dashboard columns.
const directory = join(import.meta.dirname, '..', '..', 'docs', 'images');
mkdirSync(directory, { recursive: true });
const browser = await launch();
for (const [name, theme, width] of [
  ['board-light', 'light', 1200],
  ['board-dark', 'dark', 1200],
  ['board-narrow', 'light', 330],
] as const) {
  const page = await browser.newPage({ viewport: { width, height: 100 }, deviceScaleFactor: 1.25 });
  const html = renderBoard({ rows: FIVE, prefix: '/token-refresher', now: NOW, theme, place: PLACE });
  await page.setContent(`<!doctype html><body style="margin:0">${html}`);
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true });
  await page.close();
}
await browser.close();
