import { describe, expect, it } from 'vitest';
import { initialStatus, parseStatus, type Status, serializeStatus } from '../functions/status.ts';

const full: Status = {
  ...initialStatus('uqudo', 'uqudo'),
  state: 'failing',
  tokenVersion: 3,
  issuedAt: '2030-01-01T00:00:00.000Z',
  expiresAt: '2030-01-01T00:30:00.000Z',
  renewAt: '2030-01-01T00:15:00.000Z',
  tokenType: 'bearer',
  scope: 'a b',
  fingerprint: '0123456789abcdef',
  secretVersion: 'v1',
  rejected: { secretVersion: 'v2', at: '2030-01-01T00:00:00.000Z' },
  configuration: 'fedcba9876543210',
  lastAttempt: { at: '2030-01-01T00:20:00.000Z', outcome: 'failed', durationMs: 12 },
  failures: {
    consecutive: 2,
    since: '2030-01-01T00:16:00.000Z',
    error: { code: 'provider_unavailable', status: 503, message: 'the provider is unavailable (HTTP 503)' },
  },
  nextAttemptAt: '2030-01-01T00:21:00.000Z',
  pausedUntil: '2030-01-02T00:00:00.000Z',
  reason: 'the provider is unavailable (HTTP 503)',
};

describe('a status', () => {
  it('comes back from its parameter as it was written', () => {
    expect(parseStatus(serializeStatus(full))).toEqual(full);
    expect(parseStatus(serializeStatus(initialStatus('a', 'b')))).toEqual(initialStatus('a', 'b'));
  });

  it('never holds the {{ that SSM refuses, and still comes back', () => {
    const quoting = { ...full, reason: 'the provider said {{{{x}}', scope: '{{' };
    expect(serializeStatus(quoting)).not.toContain('{{');
    expect(parseStatus(serializeStatus(quoting))).toEqual(quoting);
  });

  it.each(['', 'null', '[]', '"x"', '{', '{}', '{"schema":2}', JSON.stringify({ ...full, state: 'fine' })])(
    '%j is no status',
    (value) => {
      expect(parseStatus(value)).toBeNull();
    },
  );

  it.each(['connection', 'provider', 'state', 'schema'])('without %s it is no status', (field) => {
    expect(parseStatus(JSON.stringify({ ...full, [field]: undefined }))).toBeNull();
  });

  it.each([
    ['tokenVersion', '3', null],
    ['tokenVersion', -1, null],
    ['tokenVersion', 1.5, null],
    ['expiresAt', 'tomorrow', null],
    ['expiresAt', 1_900_000_000, null],
    ['expiresAt', '2030-99-99T00:00:00Z', null],
    ['expiresAt', '2030-01-01T00:30:00', null],
    ['expiresAt', ' 2030-01-01T00:30:00Z', null],
    ['expiresAt', '2030-01-01T00:30:00Z (or so)', null],
    ['expiresAt', ['2030-01-01T00:30:00Z'], null],
    ['tokenVersion', 0, 0],
    ['scope', ['a'], null],
    ['rejected', 'v2', null],
    ['rejected', { secretVersion: 'v2', at: 'then' }, null],
    ['rejected', { secretVersion: 2, at: full.expiresAt }, null],
    ['configuration', 7, null],
    ['lastAttempt', 'never', null],
    ['lastAttempt', { at: 'x', outcome: 'failed' }, null],
    ['lastAttempt', { at: full.expiresAt, outcome: 'odd' }, null],
    ['failures', null, { consecutive: 0, since: null, error: null }],
    [
      'failures',
      { consecutive: 'x', since: 1, error: { code: 'made_up' } },
      { consecutive: 0, since: null, error: null },
    ],
    ['reason', 7, ''],
  ])('a %s of %j is taken as unknown', (field, value, expected) => {
    expect(parseStatus(JSON.stringify({ ...full, [field]: value }))).toEqual({ ...full, [field]: expected });
  });

  it.each([
    [
      { code: 'unreachable', status: null },
      { code: 'unreachable', status: null, message: '' },
    ],
    [{ code: ['unreachable'], status: null, message: 'no' }, null],
  ])('a failure recorded as %j is taken for what it can be', (error, expected) => {
    const failures = { ...full.failures, error };
    expect(parseStatus(JSON.stringify({ ...full, failures }))?.failures.error).toEqual(expected);
  });
});
