import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createGetToken, TokenError } from '../../functions/reader/index.ts';
import { awsError, createTokenStore } from './token-store.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const MINUTE = 60_000;

let store = createTokenStore();
let warn = vi.fn();
const reader = () => createGetToken({ client: store.client, warn });

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  store = createTokenStore();
  warn = vi.fn();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('when SSM fails', () => {
  test.each(['ThrottlingException', 'InternalServerError', 'AccessDeniedException'])(
    '%s leaves the token that is still valid, and SSM is asked again after five seconds',
    async (name) => {
      store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
      const getToken = reader();
      await getToken('uqudo');
      store.fail(awsError(name));
      vi.setSystemTime(NOW + 6 * MINUTE);
      expect(await getToken('uqudo')).toBe('token-1');
      vi.setSystemTime(NOW + 6 * MINUTE + 4999);
      expect(await getToken('uqudo')).toBe('token-1');
      expect(store.reads).toHaveLength(2);

      store.fail(undefined);
      store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
      vi.setSystemTime(NOW + 6 * MINUTE + 5000);
      expect(await getToken('uqudo')).toBe('token-2');
      expect(warn).not.toHaveBeenCalled();
    },
  );

  test('a token that expires meanwhile is handed out with a warning that names no token', async () => {
    store.write('uqudo', 'token-1', NOW + 10 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.fail(awsError('ThrottlingException'));
    vi.setSystemTime(NOW + 10 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-1');
    expect(warn.mock.calls).toEqual([
      [
        'the token of uqudo has expired and there is no newer one: SSM could not be read (ThrottlingException)',
      ],
    ]);
  });

  test('a cold cache rejects with the cause, and asks again a second later', async () => {
    store.fail(awsError('AccessDeniedException'));
    const getToken = reader();
    const error = await getToken('uqudo').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TokenError);
    expect(error).toMatchObject({
      code: 'ssm_failed',
      message: 'no token of uqudo: SSM could not be read (AccessDeniedException)',
      cause: { name: 'AccessDeniedException' },
    });
    store.fail(undefined);
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    vi.setSystemTime(NOW + 1000);
    expect(await getToken('uqudo')).toBe('token-1');
  });

  test('a cold cache does not throttle SSM further: its callers wait for the next look, which comes once a second', async () => {
    store.fail(awsError('ThrottlingException'));
    const getToken = reader();
    const call = () => expect(getToken('uqudo')).rejects.toMatchObject({ code: 'ssm_failed' });
    await call();
    for (let second = 1; second <= 3; second += 1) {
      const callers = Promise.all(Array.from({ length: 100 }, call));
      await vi.advanceTimersByTimeAsync(999);
      expect(store.reads).toHaveLength(second);
      await vi.advanceTimersByTimeAsync(1);
      await callers;
      expect(store.reads).toHaveLength(second + 1);
    }
  });

  test('an answer that is no JSON is no cause: its error quotes the answer', async () => {
    store.fail(new SyntaxError('Unexpected token: "secret-token'));
    const error = await reader()('uqudo').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'ssm_failed' });
    expect(error).not.toHaveProperty('cause');
  });

  test('a cold read that hangs is given up after five seconds, and no sooner', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(awsError('TimeoutError')), ms);
      return controller.signal;
    });
    store.hang();
    const givenUp = vi.fn();
    const answer = reader()('uqudo').catch(givenUp);
    await vi.advanceTimersByTimeAsync(4999);
    expect(givenUp).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await answer;
    expect(givenUp.mock.calls).toMatchObject([[{ code: 'ssm_failed', cause: { name: 'TimeoutError' } }]]);
  });

  test('a valid token waits a second for a read that hangs, and no longer', async () => {
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(awsError('TimeoutError')), ms);
      return controller.signal;
    });
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.hang();
    vi.setSystemTime(NOW + 6 * MINUTE);
    const answer = getToken('uqudo');
    await vi.advanceTimersByTimeAsync(1000);
    expect(await answer).toBe('token-1');
  });

  test('nobody joins a read that was frozen with its environment, and its late answer does not win', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const thawFirst = store.freezeNext();
    const getToken = reader();
    const first = getToken('uqudo');
    vi.setSystemTime(NOW + 5000);
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
    thawFirst();
    expect(await first).toBe('token-2');
    expect(await getToken('uqudo')).toBe('token-2');
    expect(store.reads).toHaveLength(2);
  });

  test('a frozen read that ends late with a token that has expired meanwhile answers the newer one, and warns of nothing', async () => {
    store.write('uqudo', 'token-1', NOW + 2000);
    const thaw = store.freezeNext();
    const getToken = reader();
    const first = getToken('uqudo');
    vi.setSystemTime(NOW + 5000);
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    await getToken('uqudo');
    thaw();
    expect(await first).toBe('token-2');
    expect(warn).not.toHaveBeenCalled();
  });

  test('a frozen read that ends late without a token leaves the one that was read meanwhile in hand', async () => {
    const thaw = store.freezeNext();
    const getToken = reader();
    const first = getToken('uqudo');
    vi.setSystemTime(NOW + 5000);
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    await getToken('uqudo');
    thaw();
    expect(await first).toBe('token-1');
    store.fail(awsError('ThrottlingException'));
    vi.setSystemTime(NOW + 10 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-1');
  });

  test('a frozen read that fails late does not keep a token from being looked at in its last minute', async () => {
    store.write('uqudo', 'token-1', NOW + 30_000);
    const thaw = store.freezeNext();
    const getToken = reader();
    const first = getToken('uqudo');
    vi.setSystemTime(NOW + 5000);
    await getToken('uqudo');
    store.fail(awsError('TimeoutError'));
    thaw();
    expect(await first).toBe('token-1');
    store.fail(undefined);
    store.write('uqudo', 'token-2', NOW + 30 * MINUTE);
    vi.setSystemTime(NOW + 6000);
    expect(await getToken('uqudo')).toBe('token-2');
  });

  test('a frozen read that ends late with a token that was deleted meanwhile does not bring it back', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const thaw = store.freezeNext();
    const getToken = reader();
    const first = expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    vi.setSystemTime(NOW + 5000);
    store.remove('tokens', 'uqudo');
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    thaw();
    await vi.advanceTimersByTimeAsync(1000);
    await first;
    expect(store.reads).toHaveLength(3);
  });

  /** A read that was frozen and ends late, while the one after it is frozen. */
  const thawedAndFrozen = () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const thawFirst = store.freezeNext();
    const getToken = reader();
    const first = getToken('uqudo');
    vi.setSystemTime(NOW + 5000);
    const thawSecond = store.freezeNext();
    const second = getToken('uqudo');
    thawFirst();
    return { getToken, first, second, thawSecond };
  };

  test('a frozen read that ends late serves the one after it where that one fails', async () => {
    const { first, second, thawSecond } = thawedAndFrozen();
    expect(await first).toBe('token-1');
    store.fail(awsError('ThrottlingException'));
    thawSecond();
    expect(await second).toBe('token-1');
  });

  test('a read that is about to begin is joined, although it was frozen before it did', async () => {
    const getToken = reader();
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'token_missing' });
    const callers = [getToken('uqudo')];
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    vi.setSystemTime(NOW + 6000);
    callers.push(getToken('uqudo'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(await Promise.all(callers)).toEqual(['token-1', 'token-1']);
    expect(store.reads).toHaveLength(2);
  });

  test('a frozen read that ends late does not end the one after it', async () => {
    const { getToken, first, second, thawSecond } = thawedAndFrozen();
    await first;
    const third = getToken('uqudo');
    thawSecond();
    expect(await Promise.all([second, third])).toEqual(['token-1', 'token-1']);
    expect(store.reads).toHaveLength(2);
  });

  test('a deleted token is not handed out', async () => {
    store.write('uqudo', 'token-1', NOW + 30 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.remove('tokens', 'uqudo');
    vi.setSystemTime(NOW + 6 * MINUTE);
    await getToken('uqudo').catch(() => undefined);
    store.fail(awsError('ThrottlingException'));
    vi.setSystemTime(NOW + 6 * MINUTE + 1000);
    await expect(getToken('uqudo')).rejects.toMatchObject({ code: 'ssm_failed' });
  });

  test('a token kept meanwhile is not kept beyond its expiry', async () => {
    store.write('uqudo', 'token-1', NOW + 10 * MINUTE);
    const getToken = reader();
    await getToken('uqudo');
    store.fail(awsError('ThrottlingException'));
    vi.setSystemTime(NOW + 10 * MINUTE - 2000);
    expect(await getToken('uqudo')).toBe('token-1');
    expect(warn).not.toHaveBeenCalled();
    store.fail(undefined);
    store.write('uqudo', 'token-2', NOW + 60 * MINUTE);
    vi.setSystemTime(NOW + 10 * MINUTE);
    expect(await getToken('uqudo')).toBe('token-2');
  });
});
