import { describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { type Answer, answerWithoutStatus } from '../../functions/event.ts';
import { type GateVerdict, gateExitCode, gateVerdict, mayStillPass } from '../../infra/ops/gate.ts';
import { AWAITING_LOGIN, at, BLOCKED, FRESH, NOW, UQUDO } from './fixtures.ts';

const answer = (outcome: Answer['outcome'], expiresAt: string | null = at(900)): Answer => ({
  connection: 'uqudo',
  outcome,
  state: outcome === 'refreshed' ? 'fresh' : outcome === 'failed' ? 'failing' : outcome,
  expiresAt,
  renewAt: null,
  nextAttemptAt: null,
  tokenVersion: 1,
  reason: 'because',
  requestId: 'a-request',
});

const unreadable = answerWithoutStatus(
  'uqudo',
  new RefreshError('status_unreadable', 'the status could not be read (Denied)'),
  'a-request',
);

describe('what the gate makes of an answer', () => {
  it.each<[GateVerdict, Answer, Parameters<typeof gateVerdict>[2]]>([
    ['fresh', answer('refreshed'), FRESH],
    ['fresh', answer('fresh'), FRESH],
    ['awaiting-credentials', answer('awaiting-credentials', null), null],
    ['awaiting-login', answer('reauthorization-required', null), AWAITING_LOGIN],
    ['not-fresh', answer('reauthorization-required'), FRESH],
    ['paused', answer('paused'), FRESH],
    ['not-fresh', answer('paused', null), FRESH],
    ['expired', answer('paused', at(0)), FRESH],
    ['not-fresh', answer('blocked'), BLOCKED],
    ['not-fresh', answer('failed', null), BLOCKED],
    ['expired', answer('failed', at(-1)), BLOCKED],
  ])('is %s for %j', (verdict, given, status) => {
    expect(gateVerdict(UQUDO, given, status, NOW)).toBe(verdict);
  });

  it('is failed where the function was', () => {
    expect(gateVerdict(UQUDO, { connection: 'uqudo', error: 'timed out' }, null, NOW)).toBe('failed');
  });

  it('is failed where the function could not reach its status', () => {
    expect(gateVerdict(UQUDO, unreadable, FRESH, NOW)).toBe('failed');
  });

  it('knows by the exchange function that only a login helps', () => {
    const config = { exchangeFunctionName: 'exchange' };
    expect(gateVerdict(config, answer('reauthorization-required'), FRESH, NOW)).toBe('awaiting-login');
  });
});

it.each<[boolean, GateVerdict, Parameters<typeof mayStillPass>[1]]>([
  [true, 'not-fresh', answer('failed')],
  [true, 'expired', answer('failed', at(-1))],
  [true, 'failed', { connection: 'uqudo', error: 'timed out' }],
  [true, 'failed', unreadable],
  [false, 'fresh', answer('fresh')],
  [false, 'awaiting-credentials', answer('awaiting-credentials', null)],
  [false, 'awaiting-login', answer('reauthorization-required', null)],
  [false, 'paused', answer('paused')],
  [false, 'expired', answer('paused', at(-1))],
  [false, 'not-fresh', answer('paused', null)],
])(
  'waits only for what a deploy or time may mend, and ends no pause: %s for %s of %j',
  (waits, verdict, given) => {
    expect(mayStillPass(verdict, given)).toBe(waits);
  },
);

describe('the exit code of the gate', () => {
  it.each<[number, GateVerdict[], boolean]>([
    [0, ['fresh', 'paused', 'awaiting-login'], false],
    [2, ['fresh', 'awaiting-credentials'], false],
    [0, ['fresh', 'awaiting-credentials'], true],
    [2, ['fresh', 'not-fresh'], true],
    [3, ['not-fresh', 'expired'], true],
    [1, ['expired', 'failed'], true],
  ])('is %i for %j (awaiting allowed: %s)', (code, verdicts, allowAwaiting) => {
    expect(gateExitCode(verdicts, allowAwaiting)).toBe(code);
  });
});
