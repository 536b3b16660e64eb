import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGetToken, type ReaderOptions } from '../../functions/reader/index.ts';
import { awsError, createTokenStore } from './token-store.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const MINUTE = 60_000;

let store = createTokenStore();
let warn = vi.fn();
const reader = (options: ReaderOptions = {}) => createGetToken({ client: store.client, warn, ...options });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  store = createTokenStore();
  warn = vi.fn();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

describe('a token', () => {
  test('is read together with its status in one decrypting call', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    expect(await reader()('uqudo')).toBe('token-1');
    expect(store.reads).toEqual([
      {
        Names: ['/token-refresher/tokens/uqudo', '/token-refresher/status/uqudo'],
        WithDecryption: true,
      },
    ]);
  });

  test('of a subject is one level deeper', async () => {
    store.write('uae-pass/p-1', 'token-1', NOW + 30 * MINUTE);
    expect(await reader()('uae-pass/p-1')).toBe('token-1');
  });

  test('is read under the prefix of the environment, and an option beats that', async () => {
    vi.stubEnv('TOKEN_REFRESHER_PREFIX', '/from-environment');
    store = createTokenStore('/from-environment');
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    expect(await reader()('uqudo')).toBe('token-1');
    store = createTokenStore('/from/option');
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    expect(await reader({ prefix: '/from/option' })('uqudo')).toBe('token-2');
  });

  test('of one connection is not answered for another', async () => {
    store.write('igni-acme', 'token-acme', NOW + 30 * MINUTE);
    store.write('igni-globex', 'token-globex', NOW + 30 * MINUTE);
    const getToken = reader();
    expect(
      await Promise.all(['igni-acme', 'igni-globex', 'igni-acme'].map((name) => getToken(name))),
    ).toEqual(['token-acme', 'token-globex', 'token-acme']);
  });
});

describe('the cache', () => {
  test('keeps a token for maxAge', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader({ maxAgeSeconds: 120 });
    await getToken('uqudo');
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    vi.setSystemTime(NOW + 2 * MINUTE - 1);
    expect(await getToken('uqudo')).toBe('token-1');
    vi.setSystemTime(NOW + 2 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
    expect(store.reads).toHaveLength(2);
  });

  test('keeps a token for five minutes unless told otherwise', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW + 5 * MINUTE - 1);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(1);
    vi.setSystemTime(NOW + 5 * MINUTE);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
  });

  test('never keeps a token into the last minute before its expiry', async () => {
    store.write('uqudo', 'token-1', NOW + 3 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    vi.setSystemTime(NOW + 2 * MINUTE - 1);
    expect(await getToken('uqudo')).toBe('token-1');
    vi.setSystemTime(NOW + 2 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
  });

  test('looks once a second during that last minute', async () => {
    store.write('uqudo', 'token-1', NOW + MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW + 999);
    expect(await getToken('uqudo')).toBe('token-1');
    expect(store.reads).toHaveLength(1);
    vi.setSystemTime(NOW + 1000);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
    expect(warn).not.toHaveBeenCalled();
  });

  test('answers 10,000 concurrent callers on a cold cache with one AWS call', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const tokens = await Promise.all(Array.from({ length: 10_000 }, () => getToken('uqudo')));
    expect(new Set(tokens)).toEqual(new Set(['token-1']));
    expect(store.reads).toHaveLength(1);
  });

  test('answers concurrent callers whose token has aged with one AWS call', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW + 6 * MINUTE);
    await Promise.all(Array.from({ length: 100 }, () => getToken('uqudo')));
    expect(store.reads).toHaveLength(2);
  });

  test('holds a thousand tokens, and no more, where every person has one', async () => {
    const getToken = reader();
    const read = (person: number) => getToken(`uae-pass/p-${person}`);
    for (let person = 0; person <= 1000; person += 1) {
      store.write(`uae-pass/p-${person}`, `token-${person}`, NOW + 30 * MINUTE);
      await read(person);
    }
    expect(await Promise.all([read(1), read(500), read(1000)])).toEqual([
      'token-1',
      'token-500',
      'token-1000',
    ]);
    expect(store.reads).toHaveLength(1001);
    expect(await read(0)).toBe('token-0');
    expect(store.reads).toHaveLength(1002);
  });

  test('keeps nothing with a maxAge of 0, and into the last second with a skew of 0', async () => {
    store.write('uqudo', 'token-1', NOW + MINUTE);
    const getToken = reader({ maxAgeSeconds: 0 });
    await getToken('uqudo');
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
    const trusting = reader({ skewSeconds: 0 });
    await trusting('uqudo');
    vi.setSystemTime(NOW + MINUTE - 1);
    await trusting('uqudo');
    expect(store.reads).toHaveLength(3);
  });

  test('keeps no token for longer because the clock was set back', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    vi.setSystemTime(NOW - 60 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
  });

  test('takes the clock it is given', async () => {
    let clock = NOW;
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader({ now: () => clock });
    await getToken('uqudo');
    clock = NOW + 6 * MINUTE;
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
  });
});

describe('between the write of a token and that of its status', () => {
  test('the newer token is handed out and looked at again after five seconds', async () => {
    store.write('uqudo', 'token-1', NOW + 10 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW + 9.5 * MINUTE);
    const tokenVersion = store.writeToken('uqudo', 'token-2');
    expect(await getToken('uqudo')).toBe('token-2');
    vi.setSystemTime(NOW + 9.5 * MINUTE + 4999);
    expect(await getToken('uqudo')).toBe('token-2');
    expect(store.reads).toHaveLength(2);

    store.writeStatus('uqudo', { tokenVersion, expiresAt: new Date(NOW + 40 * MINUTE).toISOString() });
    vi.setSystemTime(NOW + 9.5 * MINUTE + 5000);
    expect(await getToken('uqudo')).toBe('token-2');
    vi.setSystemTime(NOW + 14 * MINUTE);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(3);
    expect(warn).not.toHaveBeenCalled();
  });

  test('a reader that still sees the token before keeps the expiry it knows of it', async () => {
    store.write('uqudo', 'token-1', NOW + 10 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.writeStatus('uqudo', { tokenVersion: 2, expiresAt: new Date(NOW + 40 * MINUTE).toISOString() });
    vi.setSystemTime(NOW + 6 * MINUTE);
    await getToken('uqudo');
    store.writeToken('uqudo', 'token-2');
    vi.setSystemTime(NOW + 9 * MINUTE - 1);
    expect(await getToken('uqudo')).toBe('token-1');
    vi.setSystemTime(NOW + 9 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
    expect(store.reads).toHaveLength(3);
  });

  test.each([
    ['is missing', undefined],
    ['is not JSON', '<html>'],
    ['is null', 'null'],
    ['tells no expiry', JSON.stringify({ tokenVersion: 1, expiresAt: null })],
    ['tells no time', JSON.stringify({ tokenVersion: 1, expiresAt: 'tomorrow' })],
  ])('a status that %s leaves the token good for five seconds', async (_, status) => {
    store.writeToken('uqudo', 'token-1');
    if (status !== undefined) store.put('status', 'uqudo', status);
    const getToken = reader();
    expect(await getToken('uqudo')).toBe('token-1');
    vi.setSystemTime(NOW + 4999);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(1);
    vi.setSystemTime(NOW + 5000);
    await getToken('uqudo');
    expect(store.reads).toHaveLength(2);
  });
});

describe('an expired token', () => {
  test('is handed out with a warning where there is no newer one', async () => {
    store.write('uqudo', 'token-1', NOW);
    expect(await reader()('uqudo')).toBe('token-1');
    expect(warn.mock.calls).toEqual([['the token of uqudo has expired and there is no newer one']]);
  });

  test('warns through console.warn, looked up at call time', async () => {
    store.write('uqudo', 'token-1', NOW);
    const getToken = createGetToken({ client: store.client });
    const output = vi.spyOn(console, 'warn').mockReturnValue();
    await getToken('uqudo');
    expect(output).toHaveBeenCalledOnce();
  });

  test('is never handed out from the cache: callers wait for the next look, which comes once a second', async () => {
    store.write('uqudo', 'token-1', NOW);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW + 300);
    const callers = Promise.all(Array.from({ length: 100 }, () => getToken('uqudo')));
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    await vi.advanceTimersByTimeAsync(699);
    expect(store.reads).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(new Set(await callers)).toEqual(new Set(['token-2']));
    expect(store.reads).toHaveLength(2);
    expect(warn).toHaveBeenCalledOnce();
  });

  test('waits no longer than a second although the clock was set back', async () => {
    store.write('uqudo', 'token-1', NOW - 60 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    vi.setSystemTime(NOW - 30 * MINUTE);
    const answer = getToken('uqudo');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBe('token-1');
  });
});

describe('a rejected token', () => {
  test('is read again once, also for many callers, and the newer one is answered', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const rejected = await getToken('uqudo');
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    const answers = await Promise.all(Array.from({ length: 100 }, () => getToken('uqudo', { rejected })));
    expect(new Set(answers)).toEqual(new Set(['token-2']));
    expect(await getToken('uqudo', { rejected })).toBe('token-2');
    expect(store.reads).toHaveLength(2);
  });

  test('that is still the stored one is answered, and read again at most once in five seconds', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const rejected = await getToken('uqudo');
    expect(await getToken('uqudo', { rejected })).toBe('token-1');
    vi.setSystemTime(NOW + 4999);
    expect(await getToken('uqudo', { rejected })).toBe('token-1');
    expect(store.reads).toHaveLength(2);
    vi.setSystemTime(NOW + 5000);
    await getToken('uqudo', { rejected });
    expect(store.reads).toHaveLength(3);
  });

  test('is read again although the clock was set back since it was rejected first', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const rejected = await getToken('uqudo');
    await getToken('uqudo', { rejected });
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    vi.setSystemTime(NOW - 60 * MINUTE);
    expect(await getToken('uqudo', { rejected })).toBe('token-2');
  });

  test('joins a read under way, after which it may still be read again', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const rejected = await getToken('uqudo');
    vi.setSystemTime(NOW + 6 * MINUTE);
    const [, joined] = await Promise.all([getToken('uqudo'), getToken('uqudo', { rejected })]);
    expect(joined).toBe('token-1');
    expect(store.reads).toHaveLength(2);
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    expect(await getToken('uqudo', { rejected })).toBe('token-2');
  });

  test('does not slow down the reread of the token after it', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    await getToken('uqudo', { rejected: 'token-1' });
    store.write('uqudo', 'token-3', NOW + 30 * MINUTE);
    expect(await getToken('uqudo', { rejected: 'token-2' })).toBe('token-3');
  });

  test('is answered where SSM fails', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    const rejected = await getToken('uqudo');
    store.fail(awsError('ThrottlingException'));
    expect(await getToken('uqudo', { rejected })).toBe('token-1');
  });

  test('of long ago costs nothing', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    expect(await getToken('uqudo', { rejected: 'token-0' })).toBe('token-1');
    expect(store.reads).toHaveLength(1);
  });
});

describe('no token', () => {
  test('is an error that names the parameter and what to check', async () => {
    await expect(reader()('uqudo')).rejects.toMatchObject({
      name: 'TokenError',
      code: 'token_missing',
      message:
        "/token-refresher/tokens/uqudo does not exist: check the connection's name, the prefix, the account and the region",
    });
  });

  test('is also what an answer without a list means', async () => {
    const client = { send: async () => ({}) };
    await expect(createGetToken({ client })('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
  });

  test('is an error that tells the state where there is a status', async () => {
    store.writeStatus('uqudo', { state: 'awaiting-credentials' });
    await expect(reader()('uqudo')).rejects.toMatchObject({
      code: 'token_missing',
      message: '/token-refresher/tokens/uqudo does not exist: its connection is awaiting-credentials',
    });
  });

  test('is the answer to a token that was deleted, valid or not', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.remove('tokens', 'uqudo');
    vi.setSystemTime(NOW + 6 * MINUTE);
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    vi.setSystemTime(NOW + 6 * MINUTE + 1000);
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    vi.setSystemTime(NOW + 6 * MINUTE + 2000);
    expect(await getToken('uqudo')).toBe('token-2');
  });

  test('is looked for once a second, and whoever waits for that gets the token written meanwhile', async () => {
    const getToken = reader();
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    const callers = Promise.all(Array.from({ length: 200 }, () => getToken('uqudo')));
    await vi.advanceTimersByTimeAsync(999);
    expect(store.reads).toHaveLength(1);
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    await vi.advanceTimersByTimeAsync(1);
    expect(new Set(await callers)).toEqual(new Set(['token-1']));
    expect(store.reads).toHaveLength(2);
  });
});

describe('what cannot be used', () => {
  test.each([
    '',
    'Uqudo',
    '/token-refresher/tokens/uqudo',
    'uqudo/',
    'uqudo/a/b',
    '../config/uqudo',
    'a'.repeat(41),
  ])('the connection "%s" is refused without an AWS call', async (connection) => {
    const getToken = reader();
    for (const _ of ['at the first call', 'at the next, without a wait']) {
      await expect(getToken(connection)).rejects.toMatchObject({
        code: 'invalid_argument',
        message: 'the connection must be a name such as "uqudo" or "igni-acme"',
      });
    }
    expect(store.reads).toHaveLength(0);
  });

  test.each(['', '/', 'token-refresher', '/token-refresher/', '/a//b'])(
    'the prefix "%s" is refused without an AWS call',
    async (prefix) => {
      await expect(reader({ prefix })('uqudo')).rejects.toMatchObject({
        code: 'invalid_argument',
        message: 'the prefix must be a path such as "/token-refresher"',
      });
      expect(store.reads).toHaveLength(0);
    },
  );

  test.each([
    ['maxAgeSeconds', { maxAgeSeconds: -1 }],
    ['maxAgeSeconds', { maxAgeSeconds: Number.NaN }],
    ['skewSeconds', { skewSeconds: -1 }],
  ])('the option %s is refused by name', (name, options) => {
    expect(() => reader(options)).toThrow(
      expect.objectContaining({
        code: 'invalid_argument',
        message: `${name} must be a number of seconds, 0 or more`,
      }),
    );
  });
});
