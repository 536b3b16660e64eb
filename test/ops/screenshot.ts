import { join } from 'node:path';
import { stripVTControlCharacters, styleText } from 'node:util';
import { htmlEscape } from 'escape-goat';
import { timing } from '../../functions/policy/timing.ts';
import { answerLine } from '../../infra/ops/answer.ts';
import type { Found } from '../../infra/ops/config.ts';
import { explanation } from '../../infra/ops/explanation.ts';
import { lookAt, statusTable, summary } from '../../infra/ops/status-table.ts';
import type { Paint } from '../../infra/ops/words.ts';
import { launch } from '../board/browser.ts';
import { FIVE, inMinutes, NOW } from '../board/rows.ts';

// Writes docs/images/operating.png: the connections of the board's picture, as the command line tells of them.
const OPS = 'npm run ops --';
const BLOCKED = 'alternative-payments';

const paint: Paint = (style, text) => styleText(style, text, { validateStream: false });

const rows = FIVE.toSorted((one, two) => (one.connection < two.connection ? -1 : 1));
const found: readonly Found[] = rows.map(({ needsLogin, status: _, ...row }) => ({
  ...row,
  ...timing(row.lifetimeSeconds, row.renewBeforeSeconds),
  settings: {},
  tokenParameter: row.statusParameter.replace('/status/', '/tokens/'),
  keyArn: null,
  ...(needsLogin ? { exchangeFunctionName: `${row.functionName}-exchange` } : {}),
}));
const reason = 'the provider rejected the credentials';
const lastAttempt = { at: inMinutes(-13), outcome: 'blocked', durationMs: 212 } as const;
const looks = lookAt(
  found,
  rows.map(({ connection, status }) =>
    connection === BLOCKED && status !== null ? { ...status, lastAttempt, reason } : status,
  ),
  NOW,
);

const explained = looks
  .filter(({ config }) => config.connection === BLOCKED)
  .flatMap(({ config, status }) => explanation(config, status, NOW, OPS))
  .flatMap(({ title, sentences }) => [paint('bold', title), ...sentences.map((line) => `  ${line}`)]);

const refreshed = answerLine(
  {
    connection: 'uqudo',
    outcome: 'refreshed',
    state: 'fresh',
    expiresAt: inMinutes(30),
    renewAt: inMinutes(14.5),
    nextAttemptAt: inMinutes(14.5),
    tokenVersion: 8,
    reason: 'refreshed',
    requestId: '',
  },
  'done',
  NOW,
  paint,
);

const typed = (command: string) => `${paint('green', '$')} ${OPS} ${command}`;
const screen = [
  typed('status'),
  statusTable(looks, NOW, paint, null),
  '',
  ...summary(looks, OPS),
  typed(`explain ${BLOCKED}`),
  ...explained,
  typed('refresh uqudo --force --reason "the provider revoked its tokens"'),
  refreshed,
].join('\n');

const COLORS: Readonly<Record<string, string>> = {
  1: 'font-weight:bold;color:#fff',
  2: 'color:#8b949e',
  31: 'color:#ff7b72',
  32: 'color:#7ee787',
  33: 'color:#e3b341',
  35: 'color:#d2a8ff',
  36: 'color:#76e3ea',
};

const inHtml = (text: string): string =>
  htmlEscape(text).replaceAll(new RegExp(`${'\u001b'}\\[(\\d+)m`, 'g'), (_, code: string) =>
    code in COLORS ? `<span style="${COLORS[code]}">` : '</span>',
  );

const browser = await launch();
const columns = Math.max(
  ...stripVTControlCharacters(screen)
    .split('\n')
    .map((line) => line.length),
);
const page = await browser.newPage({ viewport: { width: 100, height: 100 }, deviceScaleFactor: 1.25 });
await page.setContent(
  `<!doctype html><body style="margin:0;width:max-content"><pre style="margin:0;padding:20px 24px;width:${columns}ch;` +
    `font:15px/1.4 monospace;background:#0d1117;color:#c9d1d9">${inHtml(screen)}</pre>`,
);
const picture = join(import.meta.dirname, '..', '..', 'docs', 'images', 'operating.png');
await page.locator('pre').screenshot({ path: picture });
await browser.close();
