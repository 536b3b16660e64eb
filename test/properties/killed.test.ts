import { describe, expect, it } from 'vitest';
import { type Event, type Model, model, type Run } from './model.ts';

const force = { action: 'refresh', force: true };
const fresh = async (w: Model) => {
  await w.invoke();
  w.advance(60);
};
const due = async (w: Model) => {
  await w.invoke();
  w.advance(1000);
};

/** Every kind of refresh: how the world came to it, and the event that starts it. */
const refreshes: readonly [string, (w: Model) => Promise<void>, Event][] = [
  ['the first one', async () => undefined, {}],
  ['a due one', due, {}],
  ['a forced one of a fresh token', fresh, force],
  [
    'one for a new secret version',
    async (w) => {
      await fresh(w);
      w.secrets.rotate();
    },
    { action: 'refresh' },
  ],
  [
    'one that falls back to AWSPREVIOUS',
    async (w) => {
      await due(w);
      w.secrets.rotate();
      w.issuer.accept(1);
    },
    {},
  ],
  [
    'a forced one of a blocked connection with a good token',
    async (w) => {
      await fresh(w);
      w.behave('rejects');
      await w.invoke(force);
      w.behave('issues');
    },
    force,
  ],
  [
    'one after a failure',
    async (w) => {
      await due(w);
      w.behave('is-out');
      await w.invoke();
      w.behave('issues');
      w.advance(60);
    },
    {},
  ],
  [
    'one whose first answer is lost',
    async (w) => {
      await due(w);
      w.behave('issues-and-loses-the-answer');
    },
    {},
  ],
  [
    'one that another run has overtaken',
    async (w) => {
      await due(w);
      const other = await w.start();
      while (other.at() !== 'PutParameterCommand') await w.step(other);
      await w.invoke();
    },
    force,
  ],
  [
    'one of a token that was deleted by hand',
    async (w) => {
      await fresh(w);
      await w.invoke(force);
      w.store.remove(w.connection.tokenParameter);
    },
    {},
  ],
  [
    'one of a first token that was deleted by hand, so that the next one has its version again',
    async (w) => {
      await fresh(w);
      w.store.remove(w.connection.tokenParameter);
    },
    {},
  ],
  [
    'one of a token that was replaced by hand, so that the next one has the version the status describes',
    async (w) => {
      await fresh(w);
      await w.invoke(force);
      w.store.remove(w.connection.tokenParameter);
      w.store.put(w.connection.tokenParameter, 'by-hand');
    },
    {},
  ],
  [
    'one of a status that was deleted by hand',
    async (w) => {
      await fresh(w);
      w.store.remove(w.connection.statusParameter);
    },
    {},
  ],
];

const stepsOf = async (prepare: (w: Model) => Promise<void>, event: Event, revokes: boolean) => {
  const w = model({ revokes });
  await prepare(w);
  const run = await w.start(event);
  const stops: string[] = [];
  for (; run.state === 'running'; await w.step(run)) stops.push(run.at() ?? 'between');
  return stops;
};

describe.each([
  ['leaves older tokens alone', false],
  ['revokes the older token when it issues one', true],
])('with a provider that %s', (_, revokes) => {
  describe.each(refreshes)('%s', (_, prepare, event) => {
    it('is killed at every await, before and after the call took effect, and the next tick heals', async () => {
      const stops = await stepsOf(prepare, event, revokes);
      expect(stops.length).toBeGreaterThanOrEqual(8);
      const hurt: string[] = [];
      for (let stop = 0; stop < stops.length; stop += 1) {
        const w = model({ revokes });
        await prepare(w);
        const calls = w.issuer.calls();
        const run: Run = await w.start(event);
        for (let taken = 0; taken < stop; taken += 1) await w.step(run);
        w.kill(run);
        const nothingHappened = w.issuer.calls() === calls && w.issuer.isValid(w.token());
        for (const other of w.running()) w.kill(other);
        w.behave('issues');
        w.advance(w.connection.tickSeconds);
        await w.invoke();
        if (!isFresh(w) && !nothingHappened)
          hurt.push(`killed at ${stop}, ${stops[stop]}: ${describeWorld(w)}`);
      }
      expect(hurt).toEqual([]);
    });
  });
});

const isFresh = (w: Model) => {
  const status = w.status();
  return (
    w.issuer.isValid(w.token()) &&
    status?.state === 'fresh' &&
    status.tokenVersion === w.tokenVersion() &&
    w.described(status)?.token === w.token() &&
    Date.parse(status.expiresAt ?? '') > w.now()
  );
};

const describeWorld = (w: Model) => {
  const status = w.status();
  return `token ${w.token()} valid ${w.issuer.isValid(w.token())}, status ${status?.state} of version ${status?.tokenVersion}/${w.tokenVersion()}: ${status?.reason}`;
};
