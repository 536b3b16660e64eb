import { describe, expect, it, vi } from 'vitest';
import type { Row } from '../../../functions/board/row.ts';
import { gateReport, watchGate } from '../../../infra/gate/gate.ts';
import { verdictOn } from '../../../infra/gate/verdict.ts';
import { FIVE, inMinutes, NOW, row } from '../../board/rows.ts';

const fresh = row('uqudo', { state: 'fresh', expiresAt: inMinutes(20) });
const failing = row('uqudo', {
  state: 'failing',
  failures: {
    consecutive: 1,
    since: inMinutes(-1),
    error: { code: 'unreachable', status: null, message: 'the provider could not be reached' },
  },
});

describe('the gate after a deployment', () => {
  it.each<[string, Row, string, string]>([
    ['a fresh token', fresh, 'fresh', `valid until ${inMinutes(20)}`],
    [
      'a token that has expired',
      row('uqudo', { state: 'fresh', expiresAt: inMinutes(-1) }),
      'waits',
      `its token expired at ${inMinutes(-1)}`,
    ],
    ['no report yet', row('uqudo', null), 'waits', 'it has not reported yet'],
    [
      'a provider that fails',
      failing,
      'waits',
      'it is failing: unreachable: the provider could not be reached',
    ],
    [
      'rejected credentials',
      FIVE[3] as Row,
      'waits',
      'it is blocked: credentials_rejected: the provider rejected the credentials',
    ],
    [
      'no credentials',
      row('uqudo', { state: 'awaiting-credentials' }),
      'excused',
      'it has no credentials yet',
    ],
    ['a pause', FIVE[2] as Row, 'excused', `it is paused until ${inMinutes(42)}`],
    ['a login that is due', FIVE[1] as Row, 'excused', 'a person has to log in'],
  ])('with %s says so', (_, given, verdict, reason) => {
    expect(verdictOn(given, NOW)).toMatchObject({ verdict, reason });
  });

  const world = (...looks: Row[][]) => {
    let now = NOW;
    const readRows = vi.fn(async () => (looks.length > 1 ? looks.shift() : looks[0]) as Row[]);
    return {
      readRows,
      now: () => now,
      wait: async (ms: number) => {
        now += ms;
      },
    };
  };

  it('waits until a connection becomes fresh', async () => {
    const given = world([failing], [failing], [fresh]);
    expect(await watchGate(given, 60_000)).toMatchObject([{ verdict: 'fresh' }]);
    expect(given.readRows).toHaveBeenCalledTimes(3);
  });

  it('closes with the reason when the time is over', async () => {
    const verdicts = await watchGate(
      world([failing, row('igni-acme', { state: 'awaiting-credentials' })]),
      60_000,
    );
    expect(gateReport(verdicts, '/token-refresher')).toEqual({
      lines: [
        'uqudo: NOT FRESH, it is failing: unreachable: the provider could not be reached',
        'igni-acme: excused, it has no credentials yet',
      ],
      open: false,
    });
  });

  it('opens where only people can help', async () => {
    const verdicts = await watchGate(world([row('uqudo', { state: 'awaiting-credentials' }), fresh]), 0);
    expect(gateReport(verdicts, '/token-refresher').open).toBe(true);
  });

  it('stays closed where there is nothing at all', () => {
    expect(gateReport([], '/elsewhere')).toEqual({
      lines: ['there is no connection under /elsewhere/config: check prefix, account and region'],
      open: false,
    });
  });
});
