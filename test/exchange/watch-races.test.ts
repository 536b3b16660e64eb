import { DeleteParameterCommand } from '@aws-sdk/client-ssm';
import { afterEach, describe, expect, it } from 'vitest';
import { slotOf } from '../../functions/connection.ts';
import { at, type ExchangeWorld, exchangeWorld } from './world.ts';

const worlds: ExchangeWorld[] = [];
const world = async () => {
  const made = await exchangeWorld();
  worlds.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(worlds.splice(0).map((each) => each.close()));
});

interface Call {
  readonly command: string;
  readonly path: string;
  /** The parameter that is written. */
  readonly name: string;
}
const called = (command: string, input: object): Call => {
  const { Path: path = '', Name: name = '' } = input as { Path?: string; Name?: string };
  return { command, path, name };
};

/** Does something once, right before or after the first call to SSM that matches. */
const once = (
  w: ExchangeWorld,
  when: 'before' | 'after',
  matches: (call: Call) => boolean,
  act: () => unknown,
) => {
  let done = false;
  w.ssm.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        if (done || !matches(called(commandName, args.input))) return next(args);
        done = true;
        if (when === 'before') await act();
        const answer = await next(args);
        if (when === 'after') await act();
        return answer;
      },
    { step: 'initialize' },
  );
  return { happened: () => done };
};
const listingOf =
  (what: string) =>
  ({ path }: Call) =>
    path.includes(what);
const writeTo =
  (what: string) =>
  ({ command, name }: Call) =>
    command === 'PutParameterCommand' && name.includes(what);
const deletionOfToken = ({ command }: Call) => command === 'DeleteParameterCommand';

describe('somebody who logs in while the watch is at work', () => {
  it.each([
    ['subjects', '/status/'],
    ['codes', '/codes/'],
  ])('right after it listed the %s keeps the token', async (_, path) => {
    const w = await world();
    await w.handIn('first');
    w.advance(3700);
    const login = once(w, 'after', listingOf(path), () => w.handIn('second'));
    await w.watch();
    expect(login.happened()).toBe(true);
    expect(w.token()).toBe('token-2');
    expect(w.status()).toMatchObject({ state: 'fresh', tokenVersion: 2, expiresAt: at(7300) });
    expect(await w.watch()).toMatchObject({ outcome: 'fresh', tokenVersion: 2 });
    expect(w.state.notices).toEqual([]);
  });

  it('keeps the token also where it got the version of one that another watch has deleted', async () => {
    const w = await world();
    await w.handIn('first');
    w.advance(3700);
    once(w, 'after', listingOf('/codes/'), async () => {
      await w.watch();
      await w.handIn('second');
    });
    await w.watch();
    expect(w.token()).toBe('token-2');
    expect(w.status()).toMatchObject({ state: 'fresh', tokenVersion: 1, expiresAt: at(7300) });
  });

  it('keeps the token also where its status is not written yet', async () => {
    const w = await world();
    await w.handIn('first');
    w.advance(3700);
    let stored = () => undefined as unknown;
    const isStored = new Promise<void>((resolve) => {
      stored = resolve;
    });
    // The run that exchanges the code dies when it is about to write what came of it.
    w.ssm.middlewareStack.add(
      (next) => async (args) => {
        const { Value = '' } = args.input as { Value?: string };
        if (!Value.includes('"tokenVersion":2')) return next(args);
        stored();
        return new Promise<never>(() => undefined);
      },
      { step: 'initialize', name: 'dies' },
    );
    once(w, 'after', listingOf('/codes/'), () => {
      void w.handIn('second');
      return isStored;
    });
    expect(await w.watch()).toMatchObject({ reason: 'the token or its status has changed meanwhile' });
    expect(w.token()).toBe('token-2');
    expect(w.status()?.tokenVersion).toBe(1);
  });

  it('is nobody where the token was written by hand: that one goes as well', async () => {
    const w = await world();
    await w.handIn('first');
    w.advance(3700);
    const { tokenParameter: name } = w.connection;
    w.endpoint.parameters.put({ name, value: 'by-hand', type: 'SecureString', overwrite: true }, w.state.now);
    await w.watch();
    expect(w.token()).toBeNull();
  });

  it('in the one moment that is left loses the token, and the next tick says that a login is due', async () => {
    const w = await world();
    await w.handIn('first');
    w.advance(3700);
    const login = once(w, 'before', deletionOfToken, () => w.handIn('second'));
    await w.watch();
    expect(login.happened()).toBe(true);
    expect(w.token()).toBeNull();
    expect(await w.watch()).toMatchObject({
      outcome: 'reauthorization-required',
      tokenVersion: null,
      expiresAt: null,
    });
    await w.watch();
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required', 'required']);
    expect(w.metrics('ReauthorizationRequired')).toEqual([1, 1]);
    expect(await w.handIn('third')).toMatchObject({ outcome: 'exchanged' });
    expect(await w.watch()).toMatchObject({ outcome: 'fresh' });
    expect(w.metrics('ReauthorizationRequired')).toEqual([1, 1, 0]);
  });
});

describe('a login whose status was never written', () => {
  const withoutStatus = async (subject: string | null) => {
    const w = await world();
    once(w, 'before', writeTo('/status/'), () => {
      throw new Error('lost');
    });
    await w.handIn('first', { subject });
    expect(w.status(subject)).toBeNull();
    w.advance(1200);
    return w;
  };
  const deletion = (w: ExchangeWorld, subject: string | null) =>
    w.ssm.send(new DeleteParameterCommand({ Name: slotOf(w.connection, subject).tokenParameter }));

  it('gets it from the watch, but not in place of that of a later login while the watch looked', async () => {
    const w = await withoutStatus('a');
    const login = once(w, 'after', listingOf('/codes/'), () => w.handIn('second', { subject: 'a' }));
    await w.watch();
    expect(login.happened()).toBe(true);
    expect(w.token('a')).toBe('token-2');
    expect(w.status('a')).toMatchObject({ tokenVersion: 2, expiresAt: at(4800) });
  });

  it('gets none where somebody deleted the token while the watch looked', async () => {
    const w = await withoutStatus('a');
    once(w, 'after', listingOf('/codes/'), () => deletion(w, 'a'));
    await w.watch();
    expect([w.token('a'), w.status('a')]).toEqual([null, null]);
  });

  it('is told of all the same where somebody deleted the token that all readers share', async () => {
    const w = await withoutStatus(null);
    await deletion(w, null);
    await w.watch();
    expect(w.status()).toMatchObject({ state: 'reauthorization-required', tokenVersion: null });
    expect(w.state.notices.map(({ notice }) => notice)).toEqual(['required']);
  });
});

describe('two logins at once', () => {
  it.each([[null], ['a']])(
    'of which the earlier one stores its token last (subject %s), keep the status of that one',
    async (subject) => {
      const w = await world();
      const late = once(w, 'before', writeTo('/tokens/'), () => {
        w.advance(1);
        return w.handIn('later', { subject });
      });
      await w.handIn('earlier', { subject });
      expect(late.happened()).toBe(true);
      const kept = w.status(subject);
      expect(kept).toMatchObject({ tokenVersion: 2 });
      w.advance(120);
      await w.watch();
      expect(w.status(subject)).toEqual(kept);
    },
  );
});
