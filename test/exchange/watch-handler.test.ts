import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { at, type ExchangeWorld, exchangeWorld, START } from './world.ts';

const worlds: ExchangeWorld[] = [];
const world = async (...given: Parameters<typeof exchangeWorld>) => {
  const made = await exchangeWorld(...given);
  worlds.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

/** A run that dies when it is about to do something: nothing after it happens. */
const dying = () => new Promise<never>(() => undefined);

/** Lets some SSM writes hang, as if the process had been killed there. `nth` counts the writes of each name. */
const killAt = (w: ExchangeWorld, dies: (name: string, nth: number) => boolean) => {
  const seen = new Map<string, number>();
  let hangs = false;
  w.ssm.middlewareStack.add(
    (next) => async (args) => {
      const { Name = '', Value } = args.input as { Name?: string; Value?: string };
      if (Value === undefined) return next(args);
      const nth = (seen.get(Name) ?? 0) + 1;
      seen.set(Name, nth);
      if (!dies(Name, nth)) return next(args);
      hangs = true;
      return dying();
    },
    { step: 'initialize', name: 'killAt' },
  );
  return { hangs: () => hangs, revive: () => w.ssm.middlewareStack.remove('killAt') };
};
const statusWrite = (name: string) => name.includes('/status/');
const afterTokenWrite = (name: string, nth: number) =>
  statusWrite(name) || (name.includes('/codes/') && nth === 2);

const until = (condition: () => boolean) =>
  vi.waitFor(() => expect(condition()).toBe(true), { timeout: 20_000, interval: 2 });

describe('the watch of a connection nobody has logged in for', () => {
  it('answers reauthorization-required, calls no provider and says nothing to anybody', async () => {
    const w = await world();
    expect(await w.watch()).toMatchObject({ outcome: 'reauthorization-required', tokenVersion: null });
    expect(w.state.sent).toEqual([]);
    expect(w.state.notices).toEqual([]);
    expect(w.metrics('ReauthorizationRequired')).toEqual([]);
    expect(w.metrics('SecondsToExpiry')).toEqual([]);
    expect(w.metrics('LiveSubjects')).toEqual([0]);
  });

  it.each([
    ['refresh', { action: 'refresh' }],
    ['a forced refresh', { action: 'refresh', force: true, reason: 'now' }],
  ])('answers %s the same way, without failing', async (_, event) => {
    const w = await world();
    expect(await w.watch(event)).toMatchObject({ outcome: 'reauthorization-required' });
    expect(w.state.sent).toEqual([]);
    expect(w.metrics('Failed')).toEqual([]);
  });
});

describe('the watch of a token', () => {
  it('is quiet while it is fresh: three reads, no write, and the time to expiry', async () => {
    const w = await world();
    await w.handIn();
    await w.watch();
    w.state.calls.length = 0;
    w.advance(120);
    expect(await w.watch()).toMatchObject({
      outcome: 'fresh',
      state: 'fresh',
      expiresAt: at(3600),
      reason: `fresh: a person has to log in after ${w.status()?.renewAt}`,
    });
    expect(w.state.calls.map(({ operation }) => operation).sort()).toEqual([
      'GetParameters',
      'GetParametersByPath',
      'GetParametersByPath',
    ]);
    expect(w.metrics('SecondsToExpiry').at(-1)).toBe(3480);
    expect(w.state.notices).toEqual([]);
  });

  it('answers a forced refresh with reauthorization-required also while it is fresh, and leaves it alone', async () => {
    const w = await world();
    await w.handIn();
    const status = w.status();
    expect(await w.watch({ action: 'refresh', force: true })).toMatchObject({
      outcome: 'reauthorization-required',
      state: 'fresh',
      reason: expect.stringContaining('only a person who logs in can renew this token'),
    });
    expect(w.status()).toEqual(status);
    expect(w.token()).toBe('token-1');
  });

  it('says once that it ends, and once that there is a new one', async () => {
    const w = await world();
    await w.handIn('code-1');
    await w.watch();
    w.advance(1900);
    expect(await w.watch()).toMatchObject({ outcome: 'reauthorization-required', tokenVersion: 1 });
    expect(w.token()).toBe('token-1');
    for (let tick = 0; tick < 20; tick += 1) {
      w.advance(120);
      await w.watch();
    }
    expect(w.state.notices).toEqual([
      {
        notice: 'required',
        expiresAt: at(3600),
        reason: expect.stringContaining('a person has to log in before'),
      },
    ]);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1]);

    await w.handIn('code-2');
    const renewed = w.status()?.expiresAt;
    await w.watch();
    w.advance(120);
    await w.watch();
    expect(w.state.notices.slice(1)).toEqual([
      { notice: 'recovered', expiresAt: renewed, reason: expect.any(String) },
    ]);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1, 0]);

    w.advance(3500);
    await w.watch();
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required', 'recovered', 'required']);
  });

  it('says it again at the next tick where the event could not be sent', async () => {
    const w = await world();
    await w.handIn();
    w.advance(3000);
    const { push } = w.state.notices;
    w.state.notices.push = () => {
      throw new RefreshError('notice_not_sent', 'the event was not sent');
    };
    await expect(w.watch()).rejects.toMatchObject({ code: 'notice_not_sent' });
    w.state.notices.push = push;
    await w.watch();
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required']);
  });

  it('says that it has expired also where the event could not be sent at first', async () => {
    const w = await world();
    await w.handIn();
    w.advance(3700);
    const { push } = w.state.notices;
    w.state.notices.push = () => {
      throw new RefreshError('notice_not_sent', 'the event was not sent');
    };
    await expect(w.watch()).rejects.toMatchObject({ code: 'notice_not_sent' });
    expect(w.token()).toBeNull();
    w.state.notices.push = push;
    for (let tick = 0; tick < 10; tick += 1) await w.watch();
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required']);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1]);
  });

  it('says once that it is gone, where somebody has deleted it before its end', async () => {
    const w = await world();
    await w.handIn();
    await w.watch();
    await w.ssm.send(new DeleteParameterCommand({ Name: w.connection.tokenParameter }));
    for (let tick = 0; tick < 10; tick += 1) await w.watch();
    expect(w.state.notices).toEqual([
      { notice: 'required', expiresAt: null, reason: 'there is no token any more: a person has to log in' },
    ]);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1]);
    expect(w.status()).toMatchObject({ state: 'reauthorization-required', tokenVersion: null });
  });

  it('says that the next one ends also where nobody watched when it came', async () => {
    const w = await world();
    await w.handIn('code-1');
    w.advance(1900);
    await w.watch();
    await w.handIn('code-2');
    w.advance(1900);
    await w.watch();
    expect(w.state.notices.map(({ expiresAt }) => expiresAt)).toEqual([at(3600), at(5500)]);
  });

  it('deletes it when it has expired, and says so', async () => {
    const w = await world();
    await w.handIn();
    w.advance(3601);
    expect(await w.watch()).toMatchObject({ outcome: 'reauthorization-required', tokenVersion: null });
    expect(w.token()).toBeNull();
    expect(w.state.notices).toEqual([
      { notice: 'required', expiresAt: at(3600), reason: expect.stringContaining('was deleted') },
    ]);
    expect(w.metrics('SecondsToExpiry').at(-1)).toBe(0);
    expect(await w.handIn('code-2')).toMatchObject({ outcome: 'exchanged', tokenVersion: 1 });
  });

  it('deletes it also in a pause, and says so once the pause is over', async () => {
    const w = await world();
    await w.handIn();
    await w.watch({ action: 'pause', until: at(24 * 3600) });
    w.advance(3600);
    expect(await w.watch()).toMatchObject({ outcome: 'paused', state: 'paused', expiresAt: null });
    expect(w.token()).toBeNull();
    w.advance(120);
    expect(await w.watch()).toMatchObject({ outcome: 'paused' });
    expect(w.status()).toMatchObject({ state: 'paused', pausedUntil: at(24 * 3600), tokenVersion: null });
    expect(w.state.notices).toEqual([]);
    w.advance(24 * 3600);
    expect(await w.watch()).toMatchObject({ outcome: 'reauthorization-required' });
    await w.watch();
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required']);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1]);
  });

  it('writes at the first tick after a pause that it is over, once', async () => {
    const w = await world();
    await w.handIn();
    await w.watch({ action: 'pause', until: at(600) });
    w.advance(600);
    expect(await w.watch({ action: 'status' })).toMatchObject({ reason: 'the pause is over: fresh' });
    await w.watch();
    const settled = w.status();
    expect(settled).toMatchObject({ state: 'fresh', pausedUntil: null, reason: 'the pause is over: fresh' });
    w.advance(60);
    await w.watch();
    expect(w.status()).toEqual(settled);
    expect(w.state.notices).toEqual([]);
  });

  it('says nothing where somebody logged in again before the pause was over', async () => {
    const w = await world();
    await w.handIn('code-1');
    await w.watch({ action: 'pause', until: at(24 * 3600) });
    w.advance(3700);
    await w.watch();
    await w.handIn('code-2');
    await w.watch();
    await w.watch({ action: 'resume' });
    expect(await w.watch()).toMatchObject({ outcome: 'fresh', expiresAt: at(7300) });
    expect(w.token()).toBe('token-2');
    expect([w.state.notices, w.metrics('ReauthorizationRequired')]).toEqual([[], []]);
  });

  it('deletes nothing while a code is being exchanged for it', async () => {
    const w = await world();
    await w.handIn('code-1');
    w.advance(3601);
    const { hangs, revive } = killAt(w, statusWrite);
    void w.handIn('code-2');
    await until(hangs);
    expect(await w.watch()).toMatchObject({ reason: 'a code is being exchanged right now' });
    revive();
    expect(w.token()).toBe('token-2');
  });
});

describe('the watch of subjects', () => {
  it('counts those with a valid token, and never names them', async () => {
    const w = await world();
    for (const subject of ['canary-a', 'canary-b', 'canary-c'])
      await w.handIn(`code-${subject}`, { subject });
    await w.watch();
    expect(w.metrics('LiveSubjects')).toEqual([3]);
    expect(w.state.log.join()).not.toContain('canary');
  });

  it('deletes the tokens and statuses of those whose token has expired, and nothing else', async () => {
    const w = await world();
    for (let person = 0; person < 12; person += 1)
      await w.handIn(`code-${person}`, { subject: `p${person}` });
    w.advance(1000);
    await w.handIn('code-late', { subject: 'late' });
    await w.handIn('code-shared');
    w.advance(2700);
    await w.watch();
    expect(w.metrics('LiveSubjects')).toEqual([1]);
    const left = w.endpoint.parameters.all().map(({ name }) => name);
    expect(left.filter((name) => !name.includes('/codes/')).sort()).toEqual([
      '/token-refresher/status/uae-pass',
      '/token-refresher/status/uae-pass/late',
      '/token-refresher/tokens/uae-pass',
      '/token-refresher/tokens/uae-pass/late',
    ]);
  });

  it('leaves those alone who log in again while it looks', async () => {
    const w = await world();
    await w.handIn('code-1', { subject: 'a' });
    w.advance(3700);
    let again = false;
    w.ssm.middlewareStack.add(
      (next) => async (args) => {
        const listed = await next(args);
        const { Path = '' } = args.input as { Path?: string };
        if (!Path.includes('/codes/') || again) return listed;
        again = true;
        await w.handIn('code-2', { subject: 'a' });
        return listed;
      },
      { step: 'initialize', name: 'logsInAgain' },
    );
    await w.watch();
    expect(again).toBe(true);
    const left = w.endpoint.parameters.all().map(({ name }) => name);
    expect(left).toContain('/token-refresher/tokens/uae-pass/a');
    expect(left).toContain('/token-refresher/status/uae-pass/a');
  });

  it('goes on where the event that a person has to log in cannot be sent', async () => {
    const w = await world();
    await w.handIn('code-shared');
    await w.handIn('code', { subject: 'a' });
    w.advance(3700);
    w.state.notices.push = () => {
      throw new RefreshError('notice_not_sent', 'the event was not sent');
    };
    await expect(w.watch()).rejects.toMatchObject({ code: 'notice_not_sent' });
    expect([w.token('a'), w.status('a')]).toEqual([null, null]);
  });

  it('that cannot be deleted fails the tick, and holds up neither event, metric nor status', async () => {
    const w = await world();
    await w.handIn('code-shared');
    await w.handIn('code', { subject: 'a' });
    w.advance(3700);
    w.ssm.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'DeleteParametersCommand') throw new Error('denied');
          return next(args);
        },
      { step: 'initialize', name: 'denies' },
    );
    await expect(w.watch()).rejects.toMatchObject({ code: 'subjects_not_deleted' });
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required']);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1]);
    expect(w.status()).toMatchObject({ state: 'reauthorization-required', tokenVersion: null });
  });

  it('leaves the rest to the next tick where the time of a run is up', async () => {
    const w = await world();
    await w.handIn('code', { subject: 'a' });
    w.advance(3700);
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort());
    await w.watch();
    expect(timeout).toHaveBeenCalledWith(45_000);
    timeout.mockRestore();
    expect(w.token('a')).toBe('token-1');
    await w.watch();
    expect(w.token('a')).toBeNull();
  });

  it('raises no notice when they end: whoever handed the code in knows when', async () => {
    const w = await world();
    await w.handIn('code', { subject: 'a' });
    for (const seconds of [1900, 1800]) {
      w.advance(seconds);
      await w.watch();
    }
    expect(w.state.notices).toEqual([]);
    expect(w.metrics('ReauthorizationRequired')).toEqual([]);
  });
});

describe('markers of codes', () => {
  it('stay until the token they led to has expired, and go then', async () => {
    const w = await world();
    await w.handIn();
    w.advance(3600);
    await w.watch();
    expect(w.markers()).toHaveLength(1);
    w.advance(61);
    await w.watch();
    expect(w.markers()).toEqual([]);
  });

  it('of a long-lived token stay as long as it lives', async () => {
    const w = await world();
    w.state.answers.push({ body: { access_token: 'long', token_type: 'Bearer', expires_in: 86_400 } });
    await w.handIn();
    w.advance(86_000);
    await w.watch();
    expect(await w.handIn()).toMatchObject({ outcome: 'already-exchanged' });
  });

  it('that cannot be read go as well', async () => {
    const w = await world();
    await w.handIn();
    const { name } = w.endpoint.parameters.all().find((one) => one.name.includes('/codes/')) ?? { name: '' };
    w.endpoint.parameters.put({ name, value: 'garbage', type: 'String', overwrite: true }, START);
    expect(await w.handIn()).toMatchObject({ outcome: 'code-spent' });
    w.advance(3661);
    await w.watch();
    expect(w.markers()).toEqual([]);
  });
});

describe('after an exchange was killed', () => {
  it.each([[null], ['a']])(
    'between marker and status (subject %s), the watch writes the status',
    async (subject) => {
      const w = await world();
      const { hangs, revive } = killAt(w, statusWrite);
      void w.handIn('a-code', { subject });
      await until(() => hangs() && w.markers().join().includes('"exchanged"'));
      revive();
      expect(w.status(subject)).toBeNull();
      w.advance(120);
      await w.watch();
      expect(w.status(subject)).toMatchObject({ state: 'fresh', tokenVersion: 1, expiresAt: at(3600) });
      expect(await w.handIn('a-code', { subject })).toMatchObject({
        outcome: 'already-exchanged',
        tokenVersion: 1,
      });
      w.advance(3600);
      await w.watch();
      expect([w.token(subject), w.markers().length]).toEqual([null, 0]);
    },
  );

  it.each([[null], ['a']])(
    'between token and marker (subject %s), the token goes when it must have expired',
    async (subject) => {
      const w = await world();
      const { hangs, revive } = killAt(w, afterTokenWrite);
      void w.handIn('a-code', { subject });
      await until(hangs);
      revive();
      w.advance(3600);
      await w.watch();
      expect(w.token(subject)).toBe('token-1');
      expect(await w.handIn('a-code', { subject })).toMatchObject({ outcome: 'code-spent' });
      w.advance(61);
      await w.watch();
      expect([w.token(subject), w.markers().length]).toEqual([null, 0]);
    },
  );

  it.each([[null], ['a']])(
    'between marker and status (subject %s), and nobody watched until it was over, the token goes',
    async (subject) => {
      const w = await world();
      await w.handIn('code-1', { subject });
      w.advance(3000);
      const { hangs, revive } = killAt(w, statusWrite);
      void w.handIn('code-2', { subject });
      await until(() => hangs() && w.markers().join().includes('"tokenVersion":2'));
      revive();
      w.advance(3661);
      await w.watch();
      await w.watch();
      expect([w.token(subject), w.markers().length]).toEqual([null, 0]);
    },
  );

  it('what was said and paused meanwhile stays in the status that the watch writes', async () => {
    const w = await world();
    await w.handIn('code-1');
    w.advance(1900);
    const { hangs, revive } = killAt(w, statusWrite);
    void w.handIn('code-2');
    await until(() => hangs() && w.markers().join().includes('"tokenVersion":2'));
    revive();
    await w.watch();
    await w.watch({ action: 'pause', until: at(2100) });
    w.advance(120);
    expect(await w.watch()).toMatchObject({ outcome: 'paused', tokenVersion: 2 });
    expect(w.status()).toMatchObject({ state: 'paused', pausedUntil: at(2100), tokenVersion: 2 });
    w.advance(120);
    expect(await w.watch()).toMatchObject({ outcome: 'fresh', tokenVersion: 2 });
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required', 'recovered']);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1, 0]);
  });

  it('a later login is not undone by what the killed run left', async () => {
    const w = await world();
    const { hangs, revive } = killAt(w, afterTokenWrite);
    void w.handIn('code-1');
    await until(hangs);
    revive();
    w.advance(3000);
    await w.handIn('code-2');
    w.advance(661);
    await w.watch();
    expect(w.token()).toBe('token-2');
    expect(w.status()).toMatchObject({ tokenVersion: 2, expiresAt: at(6600) });
  });
});
