import { describe, expect, it } from 'vitest';
import { type Board, renderBoard, renderBoardError } from '../../functions/board/render.ts';
import { bar, type Row, shown } from '../../functions/board/row.ts';
import { parseAction } from '../../functions/event.ts';
import { FIVE, inMinutes, NOW, PLACE, row } from './rows.ts';

const render = (rows: readonly Row[], board: Partial<Board> = {}): string =>
  renderBoard({ rows, prefix: '/token-refresher', now: NOW, theme: 'light', place: PLACE, ...board });

/** The text a person reads, without style and buttons' payloads. */
const read = (html: string): string =>
  html
    .replace(/<style>.*?<\/style>|<cwdb-action.*?<\/cwdb-action>/gs, '')
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

const actionsOf = (html: string) =>
  [...html.matchAll(/<a class="btn" [^>]*>([^<]*)<\/a><cwdb-action ([^>]*)>([^<]*)<\/cwdb-action>/g)].map(
    ([, label, attributes = '', payload = '']) => ({
      label,
      attributes,
      payload: JSON.parse(payload.replaceAll('&quot;', '"').replaceAll('&amp;', '&')),
    }),
  );

describe('the board', () => {
  it('counts the connections by state', () => {
    expect(read(render(FIVE))).toMatch(
      /^5 connections: 1 fresh, 1 login required, 1 paused, 1 blocked, 1 expired \(failing\)/,
    );
  });

  it('puts what needs somebody first', () => {
    const order = [...render(FIVE).matchAll(/data-connection="([^"]*)"/g)].map(([, name]) => name);
    expect(order).toEqual(['igni-acme', 'alternative-payments', 'uae-pass', 'screening-eagle', 'uqudo']);
  });

  it('shows state, expiry, renewal, last error and next attempt', () => {
    const blocked = read(render([FIVE[3] as Row]));
    expect(blocked).toContain('blocked');
    expect(blocked).toContain('in 5m');
    expect(blocked).toContain('due 25m ago');
    expect(blocked).toContain(
      'credentials_rejected (HTTP 403), 3 times, for 26m the provider rejected the credentials',
    );
    expect(blocked).toContain('in 17m');
  });

  it('gives exact times as tooltips', () => {
    expect(render([FIVE[0] as Row])).toContain('title="2026-11-22T12:21:00.000Z"');
  });

  it('says what to do where there is nothing to show', () => {
    expect(read(render([]))).toBe(
      'There are no connections under /token-refresher/config : deploy the stack, or check the prefix.',
    );
  });

  it('says what failed where nothing could be read', () => {
    const error = Object.assign(new Error('not authorized to perform ssm:GetParametersByPath'), {
      name: 'AccessDeniedException',
    });
    expect(read(renderBoardError('dark', '/token-refresher', error))).toContain(
      'AccessDeniedException: not authorized to perform ssm:GetParametersByPath',
    );
  });

  it('shows a connection that has not reported yet', () => {
    expect(read(render([row('uqudo', null)]))).toContain('no report yet');
  });
});

describe('a state', () => {
  it.each([
    ['fresh', {}, 'fresh', 'ok'],
    ['failing', { expiresAt: inMinutes(5) }, 'failing', 'warn'],
    ['failing', { expiresAt: inMinutes(-5) }, 'expired (failing)', 'bad'],
    ['blocked', {}, 'blocked', 'bad'],
    ['reauthorization-required', {}, 'login required', 'bad'],
    ['awaiting-credentials', {}, 'awaiting credentials', 'calm'],
    ['paused', { pausedUntil: inMinutes(5) }, 'paused', 'calm'],
    ['paused', { pausedUntil: inMinutes(-5) }, 'pause is over', 'calm'],
  ] as const)('%s with %j is shown as "%s"', (state, status, label, tone) => {
    expect(shown(row('uqudo', { state, ...status }), NOW)).toMatchObject({ label, tone });
  });
});

describe('the bar', () => {
  it('shows what is left of the life the token had, and where renewal starts', () => {
    const fresh = row('uqudo', { issuedAt: inMinutes(-15), expiresAt: inMinutes(45) });
    expect(bar(fresh, NOW)).toEqual({ left: 75, renewal: 50, tone: 'ok' });
  });

  it.each([
    [20, 'ok'],
    [10, 'warn'],
    [2, 'bad'],
    [-2, 'bad'],
  ])('with %i min left of 60 is %s', (left, tone) => {
    const one = row('uqudo', { issuedAt: inMinutes(left - 60), expiresAt: inMinutes(left) });
    expect(bar(one, NOW)?.tone).toBe(tone);
  });

  it('is not there without a token', () => {
    expect(bar(row('uqudo', {}), NOW)).toBeNull();
  });
});

describe('the buttons', () => {
  it('send the refresh function events that it knows, with a confirmation', () => {
    const found = actionsOf(render([FIVE[0] as Row]));
    expect(found.map(({ label, payload }) => [label, parseAction(payload, NOW)])).toEqual([
      ['Refresh now', { action: 'refresh', force: false, reason: 'board' }],
      ['Force', { action: 'refresh', force: true, reason: 'board' }],
      ['Pause 1 h', { action: 'pause', until: NOW + 3_600_000, reason: 'board' }],
    ]);
    for (const { attributes } of found) {
      expect(attributes).toMatch(
        /^action="call" display="popup" endpoint="[^"]+" confirmation="[^"]+\?( [^"]+)?"$/,
      );
      expect(attributes).toContain(
        'endpoint="arn:aws:lambda:eu-central-1:111122223333:function:token-refresher-uqudo"',
      );
    }
  });

  it('offer no refresh where only a login brings a token', () => {
    const found = actionsOf(render([FIVE[1] as Row]));
    expect(found.map(({ label }) => label)).toEqual(['Pause 1 h']);
  });

  it('offer to resume what is paused', () => {
    const found = actionsOf(render([FIVE[2] as Row]));
    expect(found.at(-1)).toMatchObject({ label: 'Resume', payload: { action: 'resume' } });
  });
});

describe('the links', () => {
  it("lead to log, function, status and secret in the region's console", () => {
    const links = [...render([FIVE[0] as Row]).matchAll(/<a href="([^"]*)"/g)].map(([, url]) => url);
    expect(links).toEqual([
      'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Ftoken-refresher-uqudo',
      'https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/token-refresher-uqudo',
      'https://eu-central-1.console.aws.amazon.com/systems-manager/parameters/%2Ftoken-refresher%2Fstatus%2Fuqudo/description?region=eu-central-1',
      'https://eu-central-1.console.aws.amazon.com/secretsmanager/secret?name=token-refresher%2Fuqudo&amp;region=eu-central-1',
    ]);
  });

  it('are not there where there is no console', () => {
    expect(render(FIVE, { place: { ...PLACE, console: false } })).not.toContain('href=');
  });
});

describe('what comes from outside', () => {
  const EVIL = `"><img src=x onerror=alert(1)><script>alert(1)</script>'&{{`;
  const evil = row(
    'uqudo',
    {
      state: 'blocked',
      reason: EVIL,
      failures: {
        consecutive: 2,
        since: null,
        error: { code: 'request_rejected', status: 400, message: EVIL },
      },
    },
    { connection: EVIL, provider: EVIL, functionName: EVIL, secretArn: EVIL, statusParameter: EVIL },
  );

  it('is never markup, wherever it is put', () => {
    const html =
      render([evil], { prefix: EVIL }) +
      render([], { prefix: EVIL }) +
      renderBoardError('auto', EVIL, new Error(EVIL));
    expect(html).not.toMatch(/<img|<script|onerror=alert\(1\)>(?!&)/);
    expect(
      html.match(/<(?!\/?(?:style|div|p|small|b|i|br|table|thead|tbody|tr|th|td|span|a|cwdb-action)\b)/g),
    ).toBeNull();
  });

  it('cannot end the payload of a button', () => {
    for (const { payload } of actionsOf(render([evil]))) expect(Object.keys(payload)).toContain('action');
  });
});

describe('the markup', () => {
  it('has no script, no handler and nothing loaded from elsewhere', () => {
    const html = render(FIVE) + render([]) + renderBoardError('auto', '/p', new Error('e'));
    expect(html).not.toMatch(/<script|<iframe|<link|<use|\son\w+=|javascript:|url\(|@import/i);
  });
});
