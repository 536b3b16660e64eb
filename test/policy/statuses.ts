import { initialStatus, type Status } from '../../functions/status.ts';

export const NOW = Date.parse('2030-01-01T00:00:00Z');
/** Seconds from now as a status time. */
export const at = (seconds: number) => new Date(NOW + seconds * 1000).toISOString();

/** A token that was issued ten minutes ago for half an hour. */
export const FRESH: Status = {
  ...initialStatus('uqudo', 'uqudo'),
  state: 'fresh',
  tokenVersion: 7,
  issuedAt: at(-600),
  expiresAt: at(1200),
  renewAt: at(300),
  tokenType: 'Bearer',
  scope: 'read',
  fingerprint: '0123456789abcdef',
  secretVersion: 'v1',
  lastAttempt: { at: at(-600), outcome: 'refreshed', durationMs: 100 },
  nextAttemptAt: at(300),
  reason: 'refreshed',
};

export const FAILING: Status = {
  ...FRESH,
  state: 'failing',
  failures: {
    consecutive: 2,
    since: at(-90),
    error: { code: 'provider_unavailable', status: 503, message: 'the provider is unavailable (HTTP 503)' },
  },
  nextAttemptAt: at(30),
  reason: 'the provider is unavailable (HTTP 503)',
};

export const BLOCKED: Status = {
  ...FRESH,
  state: 'blocked',
  failures: {
    consecutive: 1,
    since: at(-90),
    error: { code: 'credentials_rejected', status: 401, message: 'the provider rejected the credentials' },
  },
  nextAttemptAt: at(1710),
  reason: 'the provider rejected the credentials',
};

export const AWAITING: Status = {
  ...initialStatus('uqudo', 'uqudo'),
  failures: {
    consecutive: 0,
    since: null,
    error: { code: 'credentials_empty', status: null, message: 'the secret is empty' },
  },
  secretVersion: 'v1',
  reason: 'the secret is empty',
};

export const paused = (status: Status, seconds: number): Status => ({
  ...status,
  state: 'paused',
  pausedUntil: at(seconds),
});
