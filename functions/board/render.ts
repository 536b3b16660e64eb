import prettyMs from 'pretty-ms';
import { instant, type Status } from '../status.ts';
import { type Html, html } from './html.ts';
import { consoleLinks, functionArn, type Place } from './place.ts';
import { bar, type Row, shown } from './row.ts';
import { STYLE } from './style.ts';

/** Everything the board's HTML follows from. */
export interface Board {
  readonly rows: readonly Row[];
  readonly prefix: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** `auto` follows the browser. */
  readonly theme: 'light' | 'dark' | 'auto';
  readonly place: Place;
}

/** The board: a row per connection, those that need somebody first. HTML without a script, every value escaped. */
export const renderBoard = (board: Board): string =>
  page(
    board.theme,
    board.rows.length === 0
      ? html`<div class="notice">There are no connections under <b>${board.prefix}/config</b>: deploy the stack, or check the prefix.</div>`
      : html`${summary(board)}${table(board)}`,
  );

/** What is shown where the statuses could not be read. */
export const renderBoardError = (theme: Board['theme'], prefix: string, error: unknown): string => {
  const said = error instanceof Error ? `${error.name}: ${error.message}` : 'unknown error';
  return page(
    theme,
    html`<div class="notice failed"><b>The statuses under ${prefix} could not be read.</b><br>${said}<br><small>The refresh functions do not depend on this board.</small></div>`,
  );
};

const page = (theme: Board['theme'], content: Html): string =>
  html`<div class="cwdb-no-default-styles"></div><style>${{ markup: STYLE }}</style><div class="tr-board ${theme}">${content}</div>`
    .markup;

const summary = ({ rows, now }: Board): Html => {
  const counts = Map.groupBy(rows, (row) => shown(row, now).label);
  const parts = [...counts].map(([label, found]) => `${found.length} ${label}`).join(', ');
  return html`<p>${rows.length} ${rows.length === 1 ? 'connection' : 'connections'}: ${parts} <small>(${new Date(now).toISOString().slice(0, 19)}Z)</small></p>`;
};

const table = (board: Board): Html => {
  const ranked = board.rows.toSorted(
    (a, b) => shown(a, board.now).rank - shown(b, board.now).rank || a.connection.localeCompare(b.connection),
  );
  return html`<table><thead><tr><th>Connection</th><th>State</th><th>Expires</th><th>Renewal</th><th>Last error</th><th>Next attempt</th><th>Act</th></tr></thead><tbody>${ranked.map((row) => tableRow(row, board))}</tbody></table>`;
};

const tableRow = (row: Row, { now, place }: Board): Html => {
  const { label, tone } = shown(row, now);
  const { status } = row;
  return html`<tr data-connection="${row.connection}"><td><span class="name">${row.connection}</span>${row.provider === row.connection ? html`` : html` <small>${row.provider}</small>`}</td><td><span class="state ${tone}" title="${status?.reason ?? ''}">${label}</span>${pausedUntil(status, now)}</td>${[
    cell('Expires', expiry(row, now)),
    cell('Renewal', moment(status?.renewAt ?? null, now, 'due')),
    cell('Last error', lastError(status, now), 'error'),
    cell(
      'Next attempt',
      status?.state === 'fresh' ? null : moment(status?.nextAttemptAt ?? null, now, 'at the next tick'),
    ),
  ]}<td class="actions">${actions(row, now, place)}<div class="links">${consoleLinks(row, place)}</div></td></tr>`;
};

const cell = (label: string, content: Html | null, name = ''): Html =>
  content === null ? html`<td></td>` : html`<td class="${name}" data-label="${label}">${content}</td>`;

const expiry = (row: Row, now: number): Html | null => {
  const life = bar(row, now);
  if (life === null) return null;
  return html`${moment(row.status?.expiresAt ?? null, now, 'expired') ?? html``}<div class="bar" title="${life.left} % of its life left; renewal starts at ${life.renewal} %"><i class="${life.tone}" style="width:${life.left}%"></i><b style="left:${life.renewal}%"></b></div>`;
};

const pausedUntil = (status: Status | null, now: number): Html =>
  status?.state === 'paused' && status.pausedUntil !== null
    ? html`<br><small>ends ${moment(status.pausedUntil, now, '') ?? html``}</small>`
    : html``;

const lastError = (status: Status | null, now: number): Html | null => {
  if (status === null || status.failures.error === null) return null;
  const { code, status: http, message } = status.failures.error;
  const { consecutive, since } = status.failures;
  const times = consecutive > 1 ? html`, ${consecutive} times` : html``;
  const lasting = since === null ? html`` : html`, for ${distance(now - Date.parse(since))}`;
  return html`<b>${code}</b>${http === null ? html`` : html` (HTTP ${http})`}${times}${lasting}<br><small>${message}</small>`;
};

/** "in 12m", or how long ago with a word for what is over; the exact time is the tooltip. */
const moment = (at: string | null, now: number, past: string): Html | null => {
  const instantAt = instant(at);
  if (instantAt === null || at === null) return null;
  const text =
    instantAt > now ? `in ${distance(instantAt - now)}` : `${past} ${distance(now - instantAt)} ago`;
  return html`<span title="${at}">${text}</span>`;
};

const distance = (ms: number): string => prettyMs(ms, { unitCount: 2, secondsDecimalDigits: 0 });

const HOUR_MS = 3_600_000;

const actions = (row: Row, now: number, place: Place): Html[] => {
  const endpoint = functionArn(row.functionName, place);
  const button = (label: string, payload: object, confirmation: string): Html =>
    html`<a class="btn" role="button" tabindex="0">${label}</a><cwdb-action action="call" display="popup" endpoint="${endpoint}" confirmation="${confirmation}">${JSON.stringify({ ...payload, reason: 'board' })}</cwdb-action>`;
  const { connection } = row;
  const until = new Date(now + HOUR_MS).toISOString();
  const refresh = [
    button(
      'Refresh now',
      { action: 'refresh', force: false },
      `Refresh ${connection} if it is due, or if its secret has changed?`,
    ),
    button(
      'Force',
      { action: 'refresh', force: true },
      `Request a new token for ${connection} in any case, even if it is blocked or paused?`,
    ),
  ];
  return [
    ...(row.needsLogin ? [] : refresh),
    row.status?.state === 'paused'
      ? button('Resume', { action: 'resume' }, `Let ${connection} be refreshed again?`)
      : button(
          'Pause 1 h',
          { action: 'pause', until },
          `Make no token request for ${connection} for one hour? Its token may expire meanwhile.`,
        ),
  ];
};
