import { describe, expect, it } from 'vitest';
import { initialStatus, type Status } from '../../functions/status.ts';
import { lookAt, statusJson, statusTable, summary } from '../../infra/ops/status-table.ts';
import { AWAITING_LOGIN, at, BLOCKED, FAILING, FRESH, NOW, PAUSED, plain, UQUDO } from './fixtures.ts';

const named = (connection: string) => ({ ...UQUDO, connection });
const looks = lookAt(
  ['fresh', 'failing', 'blocked', 'login', 'paused', 'new', 'late', 'dead'].map(named),
  [
    FRESH,
    FAILING,
    BLOCKED,
    AWAITING_LOGIN,
    PAUSED,
    null,
    { ...FRESH, renewAt: at(-600) },
    { ...FAILING, expiresAt: at(-90) },
  ],
  NOW,
);

describe('the table', () => {
  it('tells that only AWSPREVIOUS works', () => {
    const fellBack = { ...FRESH, rejected: { secretVersion: 'v2', at: at(-60) }, reason: 'resumed' };
    const table = statusTable(lookAt([UQUDO], [fellBack], NOW), NOW, plain, null);
    expect(table).toMatch(/^uqudo +fresh .* AWSCURRENT was rejected, AWSPREVIOUS worked$/m);
  });

  it('has a row per connection that says how it stands', () => {
    const rows = statusTable(looks, NOW, plain, null)
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows).toEqual([
      ['CONNECTION', 'STATE', 'EXPIRES IN', 'RENEWS IN', 'NEXT ATTEMPT', 'PAUSED UNTIL', 'LAST ERROR'],
      ['fresh', 'fresh', '25m', '10m', '–', '–', '–'],
      ['failing', 'failing', '25m', '–', 'in 30s', '–', 'the provider is unavailable (HTTP 503)'],
      [
        'blocked',
        'blocked',
        '25m',
        '–',
        'in 28m 20s',
        '–',
        'the provider rejected the credentials (HTTP 401)',
      ],
      [
        'login',
        'reauthorization-required',
        '–',
        '–',
        'after a login',
        '–',
        'there is no token: a person has to log in',
      ],
      ['paused', 'paused', '25m', '–', '–', '05:00 UTC', '–'],
      ['new', 'not run yet', '–', '–', 'first tick', '–', 'there is no status yet'],
      ['late', 'fresh', '25m', 'overdue 10m', '–', '–', 'the schedule does not run its function'],
      [
        'dead',
        'failing, expired',
        '1m 30s ago',
        '–',
        'in 30s',
        '–',
        'the provider is unavailable (HTTP 503)',
      ],
    ]);
  });

  it('says of a connection without credentials what it waits for', () => {
    const looked = lookAt([UQUDO], [initialStatus('uqudo', 'uqudo')], NOW);
    expect(statusTable(looked, NOW, plain, null)).toMatch(
      /^uqudo +awaiting-credentials .* with credentials /m,
    );
  });

  it('cuts nothing outside a terminal, however wide its characters are', () => {
    const message = '認証サーバーが応答しません';
    const error = { code: 'request_rejected', status: 400, message } as const;
    const status: Status = {
      ...FRESH,
      state: 'blocked',
      failures: { consecutive: 1, since: at(-60), error },
    };
    expect(statusTable(lookAt([UQUDO], [status], NOW), NOW, plain, null)).toContain(message);
  });

  it('cuts the last error to the width of the terminal, and nothing else', () => {
    const wide = statusTable(looks, NOW, plain, null).split('\n');
    const narrow = statusTable(looks, NOW, plain, 135).split('\n');
    expect(Math.max(...wide.map((line) => line.length))).toBeGreaterThan(135);
    expect(Math.max(...narrow.map((line) => line.length))).toBeLessThanOrEqual(135);
    expect(narrow[3]).toMatch(/ credentials_rejected 401$/);
    expect(statusTable(looks, NOW, plain, 112)).toContain('credentials_rejecte…');
    expect(narrow[1]).toBe(wide[1]);
  });

  it.each([
    [100, 'CONNECTION STATE EXPIRES IN NEXT ATTEMPT PAUSED UNTIL LAST ERROR'],
    [80, 'CONNECTION STATE EXPIRES IN NEXT ATTEMPT LAST ERROR'],
    [64, 'CONNECTION STATE EXPIRES IN LAST ERROR'],
    [50, 'CONNECTION STATE EXPIRES IN'],
  ])(
    'is no wider than a terminal of %i columns, and leaves out first what explain tells',
    (columns, head) => {
      const lines = statusTable(looks, NOW, plain, columns).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(lines[0]?.split(/ {2,}/).join(' ')).toBe(head);
    },
  );

  it('cuts the name where nothing else is left to cut', () => {
    const looked = lookAt([named('a-connection-with-a-long-name')], [AWAITING_LOGIN], NOW);
    expect(statusTable(looked, NOW, plain, 60)).toMatch(
      /\na-connection-with-a-l… {2}reauthorization-required {2}/,
    );
  });

  it('names the day of a pause that lasts longer than one', () => {
    const [look] = lookAt([UQUDO], [{ ...PAUSED, pausedUntil: at(90_000) }], NOW);
    expect(statusTable(look === undefined ? [] : [look], NOW, plain, null)).toMatch(/ {2}2030-01-02 {2}/);
  });

  it('leaves out of a terminal what no connection has', () => {
    expect(statusTable(looks.slice(0, 1), NOW, plain, 80).split('\n')[0]).toBe(
      'CONNECTION  STATE  EXPIRES IN  RENEWS IN',
    );
    expect(statusTable(looks.slice(1, 2), NOW, plain, 80).split('\n')[0]).toBe(
      'CONNECTION  STATE    EXPIRES IN  NEXT ATTEMPT  LAST ERROR',
    );
  });

  it('paints states and what is wrong, and counts no colour as width', () => {
    const painted = statusTable(looks, NOW, (style, text) => `\u001b[1m${style}:${text}\u001b[0m`, null);
    for (const text of [
      'green:fresh',
      'red:blocked',
      'magenta:paused',
      'red:failing, expired',
      'red:overdue 10m',
    ]) {
      expect(painted).toContain(text);
    }
  });
});

describe('the summary', () => {
  it('counts, and points to the worst', () => {
    expect(summary(looks, 'npm run ops --')).toEqual([
      '8 connections: 2 fresh, 1 failing, 1 blocked, 1 reauthorization-required, 1 paused, 1 not run yet, 1 expired',
      'why, and what to do: npm run ops -- explain dead',
    ]);
  });

  it('points to what is broken before what waits for somebody, and to what expires first', () => {
    const overdue = { ...FRESH, renewAt: at(-600) };
    const fellBack = { ...FRESH, rejected: { secretVersion: 'v2', at: at(-60) } };
    const order = [
      { ...FAILING, expiresAt: at(-90) },
      { ...BLOCKED, expiresAt: at(60) },
      BLOCKED,
      { ...BLOCKED, expiresAt: null },
      overdue,
      FAILING,
      fellBack,
      AWAITING_LOGIN,
    ];
    for (const [worst, status] of order.entries()) {
      const rest = [status, ...order.slice(worst + 1), FRESH, PAUSED, null].reverse();
      const names = rest.map((each) => named(each === status ? 'worst' : 'another'));
      const [, hint] = summary(lookAt(names, rest, NOW), 'ops');
      expect(hint, JSON.stringify(status)).toBe('why, and what to do: ops explain worst');
    }
  });

  it('has nothing to point to where all are fresh', () => {
    expect(summary(looks.slice(0, 1), 'ops')).toEqual(['1 connection: 1 fresh']);
  });
});

it('tells machines the same, with times', () => {
  const [fresh, , blocked] = statusJson(looks, NOW);
  expect(fresh).toMatchObject({
    connection: 'fresh',
    verdict: 'fresh',
    expiresInSeconds: 1500,
    overdue: false,
  });
  expect(blocked).toMatchObject({
    verdict: 'attention',
    state: 'blocked',
    failures: { consecutive: 3, error: { code: 'credentials_rejected' } },
  });
  // Nothing is known: neither that it awaits credentials nor anything else.
  expect(statusJson(looks, NOW)[5]).toMatchObject({
    verdict: 'attention',
    state: null,
    nextAttemptAt: null,
    reason: 'there is no status yet',
  });
  expect(statusJson(looks, NOW)[7]).toMatchObject({
    verdict: 'expired',
    expired: true,
    expiresInSeconds: -90,
  });
});
