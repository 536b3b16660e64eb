import { describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { type Answer, answerWithoutStatus } from '../../functions/event.ts';
import { answerLine, exitCodeOfAnswers, parseAnswer } from '../../infra/ops/answer.ts';
import { at, NOW, plain } from './fixtures.ts';

const ANSWER: Answer = {
  connection: 'uqudo',
  outcome: 'refreshed',
  state: 'fresh',
  expiresAt: at(1800),
  renewAt: at(900),
  nextAttemptAt: at(900),
  tokenVersion: 8,
  reason: 'refreshed',
  requestId: 'a-request',
};
const FAILED: Answer = {
  ...ANSWER,
  outcome: 'failed',
  state: 'failing',
  reason: 'the provider is unavailable (HTTP 503)',
  nextAttemptAt: at(30),
};

const UNKNOWN = answerWithoutStatus(
  'uqudo',
  new RefreshError('status_unreadable', 'the status could not be read (AccessDeniedException)'),
  'a-request',
);

describe('a line about an answer', () => {
  it.each<[string, Answer, string]>([
    ['a refresh', ANSWER, 'uqudo: refreshed; version 8; expires in 30m; renews in 15m'],
    [
      'a refusal, with its reason once',
      { ...ANSWER, outcome: 'fresh', reason: 'fresh: renewal is due at 2030-01-01T03:15:00.000Z' },
      'uqudo: fresh: renewal is due at 2030-01-01T03:15:00.000Z; expires in 30m; renews in 15m',
    ],
    [
      'a failure, with why and when next',
      FAILED,
      'uqudo: failed; the provider is unavailable (HTTP 503); expires in 30m; next attempt in 30s',
    ],
    [
      'a failure whose next attempt is due, and a token that has expired',
      { ...FAILED, expiresAt: at(-60), nextAttemptAt: at(-1) },
      'uqudo: failed; the provider is unavailable (HTTP 503); expired 1m ago; next attempt at the next tick',
    ],
    [
      'a pause',
      { ...ANSWER, outcome: 'paused', state: 'paused', reason: 'paused by ops' },
      'uqudo: paused by ops; expires in 30m',
    ],
    [
      'a connection without a token',
      {
        ...ANSWER,
        outcome: 'awaiting-credentials',
        state: 'awaiting-credentials',
        expiresAt: null,
        nextAttemptAt: null,
        reason: 'the secret is empty',
      },
      'uqudo: awaiting-credentials; the secret is empty; no token',
    ],
  ])('tells %s', (_, answer, line) => {
    expect(answerLine(answer, 'done', NOW, plain)).toBe(`✔ ${line}`);
  });
});

it('claims nothing of a connection whose function could not reach its status, and says where to look', () => {
  const line = answerLine(UNKNOWN, 'not done', NOW, plain);
  expect(line).toBe(
    '✖ uqudo: failed; the status could not be read (AccessDeniedException); how it stands is not known: if this names a command, run it, otherwise look at the rights of its function, its KMS key and the AWS Health Dashboard; each tick tries again',
  );
});

describe('the exit code of answers', () => {
  it.each<[string, (Answer | { connection: string; error: string })[], number]>([
    ['0 where all are fresh', [ANSWER, { ...ANSWER, outcome: 'fresh' }], 0],
    ['2 where one is not', [ANSWER, FAILED], 2],
    ['3 where a token has expired', [FAILED, { ...FAILED, expiresAt: at(0) }], 3],
    ['1 where a function could not reach its status', [{ ...FAILED, expiresAt: at(0) }, UNKNOWN], 1],
    [
      '1 where a function could not be asked',
      [
        { ...FAILED, expiresAt: at(0) },
        { connection: 'x', error: 'y' },
      ],
      1,
    ],
  ])('is %s', (_, answers, code) => {
    expect(exitCodeOfAnswers(answers, NOW)).toBe(code);
  });
});

describe('what a function answers', () => {
  it('is taken where it is an answer', () => {
    expect(parseAnswer('f', ANSWER)).toBe(ANSWER);
  });

  it.each([
    null,
    'text',
    {},
    { ...ANSWER, outcome: 'new' },
    { ...ANSWER, state: 1 },
    { ...ANSWER, reason: null },
  ])('is refused where it is none: %j', (value) => {
    expect(() => parseAnswer('f', value)).toThrow('f gave an answer this command line does not know');
  });
});
