import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Board, renderBoard, renderBoardError } from '../../functions/board/render.ts';
import type { Row } from '../../functions/board/row.ts';
import { chromiumIsPresent, launch } from './browser.ts';
import { FIVE, NOW, PLACE } from './rows.ts';

/** 24, 12 and 6 columns of a dashboard on a laptop, and windows between. */
const WIDTHS = { full: 1400, window: 1050, narrow: 950, half: 690, quarter: 330 };

const FIFTY: readonly Row[] = Array.from({ length: 50 }, (_, index) => {
  const one = FIVE[index % FIVE.length] as Row;
  return { ...one, connection: `${one.connection}-with-a-long-name-${index}`.slice(0, 40) };
});

const PAGES: Record<string, (theme: Board['theme']) => string> = {
  'five connections in five states': (theme) =>
    renderBoard({ rows: FIVE, prefix: '/token-refresher', now: NOW, theme, place: PLACE }),
  'fifty connections': (theme) =>
    renderBoard({ rows: FIFTY, prefix: '/token-refresher', now: NOW, theme, place: PLACE }),
  'no connection': (theme) =>
    renderBoard({ rows: [], prefix: '/token-refresher', now: NOW, theme, place: PLACE }),
  'an error': (theme) => renderBoardError(theme, '/token-refresher', new Error('x'.repeat(300))),
};

// Scripts are text: they run in the page, which this program is not typed for.
const LOWEST_CONTRAST = `(() => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).map(Number).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const board = document.querySelector('.tr-board');
  const behind = luminance(getComputedStyle(board).backgroundColor);
  const texts = [...board.querySelectorAll('*')].filter((element) =>
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()),
  );
  return Math.min(...texts.map((element) => {
    const ink = luminance(getComputedStyle(element).color);
    return (Math.max(ink, behind) + 0.05) / (Math.min(ink, behind) + 0.05);
  }));
})()`;

const MARKS_OUTSIDE_THEIR_BAR = `[...document.querySelectorAll('.bar')].filter((bar) => {
  const mark = bar.querySelector('b').getBoundingClientRect();
  const { left, right } = bar.getBoundingClientRect();
  return mark.left < left || mark.right > right + 2;
}).length`;

const FOCUSED_BUTTON = `[...document.querySelectorAll('a.btn')].indexOf(document.activeElement)`;

/** The lowest contrast of any text with what is behind it, by WCAG 2.2. */
const lowestContrast = (page: Page): Promise<number> => page.evaluate<number>(LOWEST_CONTRAST);

describe.runIf(chromiumIsPresent())('the board in Chromium', () => {
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    browser = await launch();
    page = await browser.newPage();
  });
  afterAll(() => browser?.close());

  const show = async (
    html: string,
    width: number,
    colorScheme: 'light' | 'dark' = 'light',
  ): Promise<void> => {
    await page.setViewportSize({ width, height: 700 });
    await page.emulateMedia({ colorScheme });
    await page.setContent(`<!doctype html><body style="margin:0">${html}`);
  };

  it.each(
    Object.keys(PAGES).flatMap((name) =>
      Object.entries(WIDTHS).map(([columns, width]) => [name, columns, width] as const),
    ),
  )('does not scroll sideways with %s at %s width', async (name, _, width) => {
    await show(PAGES[name]?.('light') ?? '', width);
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
  });

  it.each(
    Object.keys(PAGES).flatMap((name) => (['light', 'dark'] as const).map((theme) => [name, theme] as const)),
  )('is readable with %s in the %s theme', async (name, theme) => {
    await show(PAGES[name]?.(theme) ?? '', WIDTHS.full);
    expect(await lowestContrast(page)).toBeGreaterThanOrEqual(4.5);
  });

  it.each(['light', 'dark'] as const)(
    "follows the browser's %s theme where no dashboard sets one",
    async (theme) => {
      const background = async (set: Board['theme']) => {
        await show(PAGES['no connection']?.(set) ?? '', 800, theme);
        return page.evaluate<string>("getComputedStyle(document.querySelector('.tr-board')).backgroundColor");
      };
      expect(await background('auto')).toBe(await background(theme));
    },
  );

  it('shows every connection and every button at every width, and no payload', async () => {
    for (const width of Object.values(WIDTHS)) {
      await show(PAGES['fifty connections']?.('light') ?? '', width);
      expect(await page.locator('tr[data-connection]:visible').count()).toBe(50);
      expect(await page.locator('a.btn:visible').count()).toBe(50 * 3 - 10 * 2);
      expect(await page.locator('cwdb-action:visible').count()).toBe(0);
    }
  });

  it('can be gone through with the keyboard, button by button', async () => {
    await show(PAGES['five connections in five states']?.('light') ?? '', WIDTHS.full);
    const buttons = page.locator('a.btn');
    await buttons.first().focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate<number>(FOCUSED_BUTTON)).toBe(1);
    expect(await page.getByRole('button').count()).toBe(await buttons.count());
  });

  it('keeps the mark where renewal starts inside the bar', async () => {
    await show(PAGES['five connections in five states']?.('light') ?? '', WIDTHS.quarter);
    expect(await page.evaluate<number>(MARKS_OUTSIDE_THEIR_BAR)).toBe(0);
  });
});
