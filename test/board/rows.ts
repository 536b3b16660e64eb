import type { Place } from '../../functions/board/place.ts';
import type { Row } from '../../functions/board/row.ts';
import { initialStatus, type Status } from '../../functions/status.ts';

export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const PLACE: Place = {
  partition: 'aws',
  region: 'eu-central-1',
  accountId: '111122223333',
  console: true,
};

/** A status time so many minutes from now. */
export const inMinutes = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString();

export const row = (connection: string, status: Partial<Status> | null, props: Partial<Row> = {}): Row => ({
  connection,
  provider: connection,
  functionName: `token-refresher-${connection}`,
  secretArn: `arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-refresher/${connection}-AbCdEf`,
  statusParameter: `/token-refresher/status/${connection}`,
  lifetimeSeconds: 3600,
  renewBeforeSeconds: 1800,
  needsLogin: false,
  ...props,
  status: status === null ? null : { ...initialStatus(connection, props.provider ?? connection), ...status },
});

const issued = (issuedAt: number, expiresAt: number, renewAt: number): Partial<Status> => ({
  tokenVersion: 7,
  issuedAt: inMinutes(issuedAt),
  expiresAt: inMinutes(expiresAt),
  renewAt: inMinutes(renewAt),
});

/** Five connections in five states. */
export const FIVE: readonly Row[] = [
  row(
    'uqudo',
    { state: 'fresh', ...issued(-9, 21, 5.5), reason: 'renewed' },
    { lifetimeSeconds: 1800, renewBeforeSeconds: 900 },
  ),
  row(
    'uae-pass',
    {
      state: 'reauthorization-required',
      reason: 'there is no token: a person has to log in',
      failures: {
        consecutive: 1,
        since: null,
        error: {
          code: 'reauthorization_required',
          status: null,
          message: 'there is no token: a person has to log in',
        },
      },
    },
    { needsLogin: true },
  ),
  row(
    'screening-eagle',
    { state: 'paused', pausedUntil: inMinutes(42), ...issued(-3000, 7000, 2000), reason: 'paused by ops' },
    { lifetimeSeconds: 604_800, renewBeforeSeconds: 302_400 },
  ),
  row('alternative-payments', {
    state: 'blocked',
    ...issued(-55, 5, -25),
    nextAttemptAt: inMinutes(17),
    failures: {
      consecutive: 3,
      since: inMinutes(-26),
      error: { code: 'credentials_rejected', status: 403, message: 'the provider rejected the credentials' },
    },
  }),
  row(
    'igni-acme',
    {
      state: 'failing',
      ...issued(-2900, -20, -1400),
      nextAttemptAt: inMinutes(3),
      failures: {
        consecutive: 96,
        since: inMinutes(-1440),
        error: {
          code: 'unreachable',
          status: null,
          message: 'acme.igni.co could not be reached (ENOTFOUND)',
        },
      },
    },
    { provider: 'igni', lifetimeSeconds: 172_800, renewBeforeSeconds: 86_400 },
  ),
];
