import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { initialStatus, type Status } from '../../functions/status.ts';
import { canRedraw, duration, exports, howToRead, type Row, renderTable } from '../../infra/local/screen.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();
const row = (connection: string, change: Partial<Status>, crash: string | null = null): Row => ({
  connection,
  status: { ...initialStatus(connection, 'uqudo'), ...change },
  crash,
});
const lines = (rows: Row[]) => renderTable(rows, NOW).split('\n');

describe('the table', () => {
  it('has a line per connection under its head', () => {
    expect(
      lines([
        row('uqudo', {
          state: 'fresh',
          tokenVersion: 12,
          expiresAt: at(29),
          renewAt: at(14),
          lastAttempt: { at: at(-1), outcome: 'refreshed', durationMs: 3 },
        }),
        { connection: 'igni-acme', status: null, crash: null },
      ]),
    ).toEqual([
      'connection  state     expires in  renews in  version  last outcome',
      'uqudo       fresh            29s        14s       12  refreshed 1s ago',
      'igni-acme   starting           –          –        –  –',
    ]);
  });

  it.each<[string, Row, string]>([
    [
      'an expired token',
      row('a', { state: 'failing', expiresAt: at(-5), renewAt: at(-20) }),
      'expired 5s ago',
    ],
    ['a renewal that is due', row('a', { state: 'failing', expiresAt: at(60), renewAt: at(0) }), 'due'],
    [
      'no renewal while blocked',
      row('a', { state: 'blocked', renewAt: at(9), expiresAt: at(99) }),
      '1m 39s          –',
    ],
    ['a login that is missing', row('a', { state: 'reauthorization-required' }), 'reauthorization-required'],
    [
      'the last failure',
      row('a', {
        state: 'failing',
        lastAttempt: { at: at(-2), outcome: 'failed', durationMs: 3 },
        failures: {
          consecutive: 1,
          since: at(-2),
          error: { code: 'provider_unavailable', status: 503, message: 'HTTP 503' },
        },
      }),
      'failed 2s ago HTTP 503',
    ],
    [
      'a function that died',
      row('a', {}, 'Runtime.ExitError: signal: killed'),
      'Runtime.ExitError: signal: killed',
    ],
  ])('shows %s', (_, shown, text) => {
    expect(lines([shown])[1]).toContain(text);
  });

  it.each([
    [100, 'connection state expires in renews in version last outcome'],
    [80, 'connection state expires in last outcome'],
    [60, 'connection state expires in'],
  ])('is no wider than %i columns, in which it leaves out what tells least', (columns, head) => {
    const rows = [
      row('alternative-payments', {
        state: 'failing',
        expiresAt: at(-5),
        lastAttempt: { at: at(-12), outcome: 'failed', durationMs: 3 },
        failures: {
          consecutive: 1,
          since: at(-2),
          error: { code: 'provider_unavailable', status: 503, message: 'x'.repeat(99) },
        },
      }),
      row('uae-pass', { state: 'reauthorization-required' }),
    ];
    const drawn = renderTable(rows, NOW, undefined, columns).split('\n');
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThanOrEqual(columns);
    expect(drawn[0]?.split(/ {2,}/).join(' ')).toBe(head);
  });

  it('cuts a long reason', () => {
    const [, line = ''] = lines([row('a', {}, 'x'.repeat(500))]);
    expect(line.length).toBeLessThan(160);
    expect(line).toMatch(/x…$/);
  });
});

describe('a screen', () => {
  it.each([
    ['a terminal', { isTTY: true, columns: 80 }, true],
    ['a terminal that does not know how wide it is', { isTTY: true, columns: 0 }, false],
    ['a terminal without a width', { isTTY: true }, false],
    ['no terminal', { columns: 80 }, false],
  ])('can be drawn anew or not: %s', (_, stream, drawn) => {
    expect(canRedraw(stream)).toBe(drawn);
  });
});

describe('a duration', () => {
  it.each([
    [-1, '0s'],
    [999, '0s'],
    [61_900, '1m 1s'],
    [90_000_000, '1d 1h'],
  ])('of %i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });
});

describe('the environment to export', () => {
  it('can be pasted into a shell', () => {
    expect(exports({ A: 'http://127.0.0.1:1', B: "it's $HOME" })).toBe(
      "A=http://127.0.0.1:1 B='it'\\''s $HOME'",
    );
    const text = howToRead({ AWS_REGION: 'eu-west-1' }, '/token-refresher/tokens/uqudo');
    expect(text).toContain('export AWS_REGION=eu-west-1');
    expect(text).toContain('aws ssm get-parameter --name /token-refresher/tokens/uqudo --with-decryption');
  });

  it('and the command with it where the terminal is narrower than they are, as a shell runs them in one', () => {
    const environment = {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:34847',
      AWS_REGION: 'eu-west-1',
      AWS_DEFAULT_REGION: 'eu-west-1',
    };
    const text = howToRead(environment, '/token-refresher/tokens/uqudo', { columns: 60 });
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    const script = text
      .split('\n')
      .slice(2)
      .join('\n')
      .replace('aws', 'echo "$AWS_ENDPOINT_URL" "$AWS_DEFAULT_REGION"');
    expect(execFileSync('sh', ['-c', script], { encoding: 'utf8' })).toBe(
      'http://127.0.0.1:34847 eu-west-1 ssm get-parameter --name /token-refresher/tokens/uqudo --with-decryption ' +
        '--query Parameter.Value --output text\n',
    );
  });
});
