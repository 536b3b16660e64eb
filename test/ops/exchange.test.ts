import { beforeEach, describe, expect, it } from 'vitest';
import { configs, useAwsStub } from './aws-stub.ts';
import { at, NOW, UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const { replies, asked } = useAwsStub();
const CODE = 'canary-code-77aa01';
const ANSWER = {
  connection: 'uae-pass',
  outcome: 'exchanged',
  tokenParameter: '/token-refresher/tokens/uae-pass',
  tokenVersion: 3,
  expiresAt: at(3600),
  error: null,
  reason: 'the code was exchanged for a token',
  requestId: 'a-request',
};

beforeEach(() => {
  const exchangeFunctionName = 'token-refresher-uae-pass-exchange';
  replies.set(
    'ssm.GetParametersByPath',
    configs({ ...UQUDO, connection: 'uae-pass', provider: 'uae-pass', exchangeFunctionName }),
  );
  replies.set('lambda.Invoke', { status: 200, body: ANSWER });
});

const URI = ['--redirect-uri', 'https://www.example.com/callback'];
const exchange = (args: string[] = [], stdin: unknown = { code: CODE }) =>
  ops(['exchange', 'uae-pass', ...URI, ...args], { stdin: JSON.stringify(stdin), now: () => NOW });
const invoked = () => asked.filter(({ operation }) => operation === 'lambda.Invoke');

describe('exchange', () => {
  it('hands the code in, once, and tells where the token is', async () => {
    expect(await exchange()).toEqual({
      code: 0,
      out: '✔ uae-pass: exchanged; the code was exchanged for a token; /token-refresher/tokens/uae-pass version 3; expires in 1h\n',
      err: '',
    });
    expect(invoked().map(({ body }) => JSON.parse(body))).toEqual([
      { code: CODE, redirectUri: 'https://www.example.com/callback' },
    ]);
  });

  it('passes a subject and a code verifier on', async () => {
    const codeVerifier = 'v'.repeat(43);
    await exchange(['--subject', 'person-1', '--pkce'], { code: CODE, codeVerifier });
    expect(JSON.parse(invoked()[0]?.body ?? '')).toEqual({
      code: CODE,
      codeVerifier,
      redirectUri: 'https://www.example.com/callback',
      subject: 'person-1',
    });
  });

  it.each(['rejected', 'code-spent', 'reauthorization-required'])(
    'exits with 2 where it ends as %s',
    async (outcome) => {
      const answer = { ...ANSWER, outcome, tokenParameter: null, expiresAt: null, reason: 'because' };
      replies.set('lambda.Invoke', { status: 200, body: answer });
      expect(await exchange()).toEqual({ code: 2, out: `✖ uae-pass: ${outcome}; because\n`, err: '' });
      const json = await exchange(['--json']);
      expect(JSON.parse(json.out)).toEqual(answer);
    },
  );

  it.each([
    [429, 'TooManyRequestsException', 'AWS throttles these calls'],
    [500, 'ServiceException', 'ServiceException'],
  ])('never sends a code twice, not even after HTTP %i', async (status, type, line) => {
    replies.set('lambda.Invoke', { status, body: { message: 'no' }, headers: { 'x-amzn-errortype': type } });
    const { code, err } = await exchange();
    expect([code, err]).toEqual([1, expect.stringContaining(line)]);
    expect(invoked()).toHaveLength(1);
  });

  it('refuses a code that is not piped as JSON without quoting it', async () => {
    const { code, err } = await ops(['exchange', 'uae-pass', ...URI], { stdin: CODE });
    expect([code, err]).toEqual([
      1,
      'error: standard input is not a JSON object: pipe {"code":"…"}, or run in a terminal\n',
    ]);
    expect(invoked()).toEqual([]);
  });
});
