import { describe, expect, it } from 'vitest';
import type { CodeMarker, CodeResult } from '../../functions/code-marker.ts';
import { type Kept, type Listed, planSweep } from '../../functions/policy/sweep.ts';
import { initialStatus, iso, type Status } from '../../functions/status.ts';

const NOW = Date.parse('2030-01-01T12:00:00Z');
const LIFETIME = 3600;
const ago = (seconds: number) => NOW - seconds * 1000;

/** The status of a token that was exchanged some seconds ago. */
const status = (seconds: number, livesFor = LIFETIME): Status => ({
  ...initialStatus('uae-pass', 'uae-pass'),
  state: 'fresh',
  tokenVersion: 1,
  issuedAt: iso(ago(seconds)),
  expiresAt: iso(ago(seconds) + livesFor * 1000),
  lastAttempt: { at: iso(ago(seconds)), outcome: 'refreshed', durationMs: 0 },
});

const listed = <T>(name: string, value: T | null, seconds: number): Listed<T> => ({
  name,
  value,
  modifiedAt: ago(seconds),
});

const marker = (
  seconds: number,
  result: CodeResult | null,
  subject: string | null = null,
): Listed<CodeMarker> =>
  listed(`key-${seconds}`, { schema: 1, run: 'r', at: iso(ago(seconds)), subject, result }, seconds);
const exchanged = (seconds: number): CodeResult => ({ outcome: 'exchanged', status: status(seconds) });
const rejected: CodeResult = { outcome: 'rejected', error: 'code_expired', reason: 'too late' };

const sweep = (kept: Partial<Kept>) =>
  planSweep({ shared: null, subjects: [], codes: [], ...kept }, LIFETIME, NOW);

describe('planSweep', () => {
  it('has nothing to do where there is nothing', () => {
    expect(sweep({})).toEqual({
      heal: [],
      expired: [],
      orphans: [],
      codes: [],
      busy: new Set(),
      liveSubjects: 0,
    });
  });

  it('takes a subject whose status cannot be read for expired a lifetime after it was written', () => {
    const subjects = [listed<Status>('young', null, 3599), listed<Status>('old', null, 3600)];
    expect(sweep({ subjects })).toMatchObject({ expired: ['old'], liveSubjects: 1 });
  });

  it.each([
    ['begun a moment ago', marker(59, null, 'a'), ['a']],
    ['whose result the status does not show yet', marker(59, exchanged(59), 'a'), ['a']],
    ['that died', marker(60, null, 'a'), []],
    ['that was refused', marker(1, rejected, 'a'), []],
  ])('leaves the slot of a run %s alone: %#', (_, code, busy) => {
    const subjects = [listed('a', status(4000), 4000)];
    const plan = sweep({ subjects, codes: [code] });
    expect([...plan.busy]).toEqual(busy);
    expect(plan.expired).toEqual(busy.length === 0 ? ['a'] : []);
  });

  it('heals a status with the newest result of runs that died, and only where it is older', () => {
    const codes = [marker(300, exchanged(300)), marker(200, exchanged(200)), marker(250, exchanged(250))];
    expect(sweep({ codes }).heal).toEqual([{ subject: null, status: status(200) }]);
    expect(sweep({ codes, shared: status(200) }).heal).toEqual([]);
    expect(sweep({ codes, shared: status(100) }).heal).toEqual([]);
  });

  it('counts a healed subject as live and does not delete it', () => {
    const plan = sweep({
      subjects: [listed('a', status(4000), 4000)],
      codes: [marker(100, exchanged(100), 'a')],
    });
    expect(plan).toMatchObject({ expired: [], liveSubjects: 1, heal: [{ subject: 'a' }] });
  });

  it('heals as soon as the run must be dead, and not before', () => {
    expect(sweep({ codes: [marker(60, exchanged(60))] }).heal).toHaveLength(1);
    expect(sweep({ codes: [marker(59, exchanged(59))] }).heal).toEqual([]);
  });

  it('knows the statuses of subjects, and counts only subjects as live', () => {
    const codes = [marker(100, exchanged(100), 'a')];
    expect(sweep({ codes, subjects: [listed('a', status(50), 50)] }).heal).toEqual([]);
    expect(sweep({ codes: [marker(100, exchanged(100))] })).toMatchObject({ liveSubjects: 0 });
  });

  it('leaves what was said and paused since as it is where it heals', () => {
    const shared: Status = { ...status(4000), noticedAt: iso(ago(100)), pausedUntil: iso(ago(-600)) };
    const [healed] = sweep({ shared, codes: [marker(200, exchanged(200))] }).heal;
    const { noticedAt, pausedUntil } = shared;
    expect(healed?.status).toEqual({ ...status(200), noticedAt, pausedUntil, state: 'paused' });
    const [resumed] = sweep({ shared: status(4000), codes: [marker(200, exchanged(200))] }).heal;
    expect(resumed?.status).toEqual(status(200));
  });

  it.each([
    ['over', 3660, status(9000), ['a']],
    ['over, after a later login', 3660, status(100), []],
    ['not over yet', 3659, status(9000), []],
  ])('deletes a token it came too late to heal a status with, once it is %s', (_, age, value, orphans) => {
    const subjects = [listed('a', value, 100)];
    expect(sweep({ subjects, codes: [marker(age, exchanged(age), 'a')] }).orphans).toEqual(orphans);
    expect(sweep({ codes: [marker(age, exchanged(age), 'a')] }).orphans).toEqual([]);
  });

  it('does not heal with a token that has expired', () => {
    expect(sweep({ codes: [marker(3600, exchanged(3600), 'a')] }).heal).toEqual([]);
  });

  it.each([
    ['no status', null, [null]],
    ['the status of an earlier, expired token', status(9000), [null]],
    ['the status of a later token', status(100), []],
    ['the status of a later token that has expired', status(100, 50), []],
    ['the status of just this run, expired', status(3661, 10), []],
    ['the status of an earlier token that is still valid', status(9000, 10_000), []],
  ])(
    'deletes what a run may have stored that died, once it is over, where there is %s',
    (_, shared, orphans) => {
      expect(sweep({ shared, codes: [marker(3661, null)] }).orphans).toEqual(orphans);
    },
  );

  it.each([
    ['is at work on it', marker(10, null, 'a')],
    ['has stored a token that its status does not show yet', marker(100, exchanged(100), 'a')],
  ])('deletes nothing of a slot where a later run %s', (_, later) => {
    expect(sweep({ codes: [marker(3661, null, 'a'), later] }).orphans).toEqual([]);
  });

  it('counts the age of a marker from the hand-in, not from what was recorded later', () => {
    const recorded = { ...marker(3700, rejected), modifiedAt: ago(10) };
    expect(sweep({ codes: [recorded] }).codes).toEqual(['key-3700']);
  });

  it('keeps markers for as long as a second use of the code could do harm', () => {
    const young = [marker(3659, exchanged(3659)), marker(3658, rejected), marker(3657, null)];
    expect(sweep({ codes: young }).codes).toEqual([]);
    const old = [marker(3660, exchanged(3660)), marker(3661, rejected), marker(3662, null)];
    expect(sweep({ codes: old }).codes).toEqual(['key-3660', 'key-3661', 'key-3662']);
  });

  it('keeps markers for an hour where tokens live shorter: some servers keep codes for minutes', () => {
    const plan = planSweep({ shared: null, subjects: [], codes: [marker(3600, rejected)] }, 300, NOW);
    expect(plan.codes).toEqual([]);
  });
});
