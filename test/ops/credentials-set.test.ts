import { expect, it } from 'vitest';
import type { FailureCode } from '../../functions/errors.ts';
import type { Status } from '../../functions/status.ts';
import { livesOnPrevious } from '../../infra/ops/credentials-set.ts';
import { useAwsStub } from './aws-stub.ts';
import { at, FRESH, NOW, UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const { replies, asked } = useAwsStub();

const CREDENTIALS = JSON.stringify({ client_id: 'the-client', client_secret: 'kX93-canary-7f' });

it('credentials set leaves the refresh to the event of the new secret while that may be on its way: two would be two logins', async () => {
  replies.set('secretsmanager.PutSecretValue', { status: 200, body: { VersionId: 'v2' } });
  const refreshed = {
    ...FRESH,
    secretVersion: 'v2',
    lastAttempt: { at: at(9), outcome: 'refreshed', durationMs: 212 },
  };
  const Parameters = [{ Name: UQUDO.statusParameter, Value: JSON.stringify(refreshed) }];
  let seconds = 0;
  const { code, out } = await ops(['credentials', 'set', 'uqudo'], {
    stdin: CREDENTIALS,
    now: () => NOW,
    onWait: () => {
      seconds += 1;
      if (seconds === 9) replies.set('ssm.GetParameters', { status: 200, body: { Parameters } });
    },
  });
  expect([code, out]).toEqual([0, expect.stringContaining('✔ uqudo: refreshed; ')]);
  expect(seconds).toBe(9);
  expect(asked.map(({ operation }) => operation)).not.toContain('lambda.Invoke');
});

const rejected = { secretVersion: 'v2', at: at(-60) };
const failed = (code: FailureCode): Status => ({
  ...FRESH,
  rejected,
  failures: { consecutive: 1, since: at(-30), error: { code, status: null, message: '' } },
});

it.each([
  ['fell back to AWSPREVIOUS', { ...FRESH, rejected }, true],
  ['fell back, and is blocked for another reason', { ...failed('request_rejected'), state: 'blocked' }, true],
  ['is blocked since both were rejected', { ...failed('credentials_rejected'), state: 'blocked' }, false],
  ['is paused since', { ...failed('credentials_rejected'), state: 'paused' }, false],
  ['is fresh', FRESH, false],
  ['has not run yet', null, false],
] as [string, Status | null, boolean][])(
  'credentials set warns that it drops what works where a connection %s, and nowhere else',
  (_, status, warns) => {
    expect(livesOnPrevious(status)).toBe(warns);
  },
);
