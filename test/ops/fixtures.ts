import { initialStatus, type Status } from '../../functions/status.ts';
import type { Found } from '../../infra/ops/config.ts';

export const NOW = Date.parse('2030-01-01T03:00:00Z');
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

export const UQUDO: Found = {
  connection: 'uqudo',
  provider: 'uqudo',
  functionName: 'token-refresher-uqudo',
  secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:token-refresher/uqudo-AbCdEf',
  tokenParameter: '/token-refresher/tokens/uqudo',
  statusParameter: '/token-refresher/status/uqudo',
  keyArn: null,
  lifetimeSeconds: 1800,
  renewBeforeSeconds: 900,
  tickSeconds: 60,
  safeCacheSeconds: 780,
};

/** Refreshed five minutes ago, and fine. */
export const FRESH: Status = {
  ...initialStatus('uqudo', 'uqudo'),
  state: 'fresh',
  tokenVersion: 7,
  issuedAt: at(-300),
  expiresAt: at(1500),
  renewAt: at(600),
  tokenType: 'bearer',
  fingerprint: '0123456789abcdef',
  secretVersion: 'v1',
  lastAttempt: { at: at(-300), outcome: 'refreshed', durationMs: 212 },
  nextAttemptAt: at(600),
  reason: 'refreshed',
};

const failed = (
  state: Status['state'],
  outcome: NonNullable<Status['lastAttempt']>['outcome'],
  error: NonNullable<Status['failures']['error']>,
  next: string | null,
): Status => ({
  ...FRESH,
  state,
  lastAttempt: { at: at(-120), outcome, durationMs: 900 },
  failures: { consecutive: 3, since: at(-400), error },
  nextAttemptAt: next,
  reason: error.message,
});

export const FAILING = failed(
  'failing',
  'failed',
  { code: 'provider_unavailable', status: 503, message: 'the provider is unavailable (HTTP 503)' },
  at(30),
);

export const BLOCKED = failed(
  'blocked',
  'blocked',
  { code: 'credentials_rejected', status: 401, message: 'the provider rejected the credentials (HTTP 401)' },
  at(1700),
);

export const AWAITING_LOGIN: Status = {
  ...initialStatus('uae-pass', 'uae-pass'),
  state: 'reauthorization-required',
  failures: {
    consecutive: 1,
    since: null,
    error: {
      code: 'reauthorization_required',
      status: null,
      message: 'there is no token: a person has to log in',
    },
  },
  reason: 'there is no token: a person has to log in',
};

export const PAUSED: Status = {
  ...FRESH,
  state: 'paused',
  pausedUntil: at(7200),
  reason: 'paused by ops; the token expires at 2030-01-01T03:25:00.000Z, before the pause ends',
};

/** No colours. */
export const plain = (_style: string, text: string): string => text;
