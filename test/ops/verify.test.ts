import { beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../../functions/event.ts';
import { useAwsStub } from './aws-stub.ts';
import { ops } from './terminal.ts';

const { replies, asked } = useAwsStub();

const fromNow = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

/** What the function answers from now on. */
const answers = (given: Partial<Answer>): void => {
  const body = {
    connection: 'uqudo',
    outcome: 'failed',
    state: 'failing',
    expiresAt: fromNow(900),
    renewAt: null,
    nextAttemptAt: fromNow(600),
    tokenVersion: 1,
    reason: 'the provider limits the rate of requests (HTTP 429)',
    requestId: 'a-request',
    ...given,
  } satisfies Answer;
  replies.set('lambda.Invoke', { status: 200, body });
};
const breaks = (): void => {
  replies.set('lambda.Invoke', {
    status: 200,
    body: { errorType: 'Runtime.ExitError', errorMessage: 'exited' },
    headers: { 'x-amz-function-error': 'Unhandled' },
  });
};
/** Whether each invocation was forced. */
const forced = (): boolean[] =>
  asked
    .filter(({ operation }) => operation === 'lambda.Invoke')
    .map(({ body }) => (JSON.parse(body) as { force: boolean }).force);

beforeEach(() => answers({}));

describe('verify', () => {
  it.each([
    ['has expired', fromNow(-60), 3],
    ['never was', null, 2],
  ])('leaves a paused connection alone and fails at once where its token %s', async (_, expiresAt, exit) => {
    answers({ outcome: 'paused', state: 'paused', expiresAt, reason: 'paused by ops' });
    const { code, out } = await ops(['verify', '--wait', '10m']);
    expect(code).toBe(exit);
    expect(out).toMatch(/\nnot verified: uqudo\n/);
    expect(forced()).toEqual([false]);
  });

  it('forces once, and then leaves it to the function when to try again, since a provider may have asked for patience', async () => {
    const { code } = await ops(['verify', '--wait', '10m']);
    expect(code).toBe(2);
    const [first, second, ...later] = forced();
    expect([first, second]).toEqual([false, true]);
    expect(later).toEqual(Array.from({ length: 20 }, () => false));
  });

  it('passes as soon as a later look finds it fresh', async () => {
    let waits = 0;
    const { code } = await ops(['verify', '--wait', '10m'], {
      onWait: () => {
        waits += 1;
        if (waits === 3) answers({ outcome: 'fresh', state: 'fresh' });
      },
    });
    expect(code).toBe(0);
    expect(forced()).toEqual([false, true, false, false, false]);
  });

  it('asks again where a function could not reach its status, as SSM may come back', async () => {
    answers({
      expiresAt: null,
      nextAttemptAt: null,
      tokenVersion: null,
      reason: 'the status could not be read',
    });
    const { code } = await ops(['verify', '--wait', '10m'], {
      onWait: () => answers({ outcome: 'fresh', state: 'fresh' }),
    });
    expect(code).toBe(0);
  });

  it('does not force what is paused while it waits', async () => {
    const { code } = await ops(['verify', '--wait', '10m'], {
      onWait: () => answers({ outcome: 'paused', state: 'paused' }),
    });
    expect(code).toBe(0);
    expect(forced()).toEqual([false, true, false]);
  });

  it('takes a rejection for an answer and asks no more, so that no account gets locked', async () => {
    answers({ outcome: 'blocked', state: 'blocked', reason: 'the provider rejected the credentials' });
    const { code } = await ops(['verify', '--wait', '10m']);
    expect(code).toBe(2);
    expect(forced()).toEqual([false, true]);
  });

  it('forces a function that fails until it has answered, and then no more', async () => {
    breaks();
    let waits = 0;
    const { code } = await ops(['verify', '--wait', '2m'], {
      onWait: () => {
        waits += 1;
        if (waits === 2) answers({});
      },
    });
    expect(code).toBe(2);
    expect(forced()).toEqual([false, true, true, true, false, false]);
  });
});
