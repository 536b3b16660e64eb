import { beforeEach, describe, expect, it } from 'vitest';
import { refusal, useAwsStub } from './aws-stub.ts';
import { FRESH, UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const { replies, asked } = useAwsStub();

const stdin = JSON.stringify({ client_id: 'the-client', client_secret: 'kX93-canary-7f' });

const breaks = () =>
  replies.set('lambda.Invoke', {
    status: 200,
    body: { errorType: 'Runtime.ExitError', errorMessage: 'exited' },
    headers: { 'x-amz-function-error': 'Unhandled' },
  });
const uses = (secretVersion: string) => {
  const status = {
    ...FRESH,
    secretVersion,
    lastAttempt: { ...FRESH.lastAttempt, at: new Date().toISOString() },
  };
  replies.set('ssm.GetParameters', {
    status: 200,
    body: { Parameters: [{ Name: UQUDO.statusParameter, Value: JSON.stringify(status) }] },
  });
};
const invocations = () => asked.filter(({ operation }) => operation === 'lambda.Invoke').length;

beforeEach(() => {
  replies.set('secretsmanager.PutSecretValue', { status: 200, body: { VersionId: 'v9' } });
  breaks();
});

describe('the first refresh with new credentials', () => {
  it('is waited for although an invocation fails, as the next one may not', async () => {
    const { code, out } = await ops(['credentials', 'set', 'uqudo', '--wait', '2m'], {
      stdin,
      onWait: () => {
        if (invocations() > 2) uses('v9');
      },
    });
    expect(code).toBe(0);
    expect(invocations()).toBe(3);
    expect(out).toMatch(/\n✔ uqudo: refreshed; /);
  });

  it('that never comes leaves them written, and says why', async () => {
    const { code, out, err } = await ops(['credentials', 'set', 'uqudo', '--wait', '30s'], { stdin });
    expect(code).toBe(1);
    expect(out).toBe('✔ uqudo: credentials written as version v9\n');
    expect(err).toBe(
      'error: the credentials are written, but no refresh has used them yet (token-refresher-uqudo failed with Runtime.ExitError: exited): the next tick will\n',
    );
    expect(invocations()).toBe(3);
  });
});

describe('a refusal to write', () => {
  it('is told in full where it is the words of this command line, however short the secret', async () => {
    replies.set('secretsmanager.PutSecretValue', refusal('ResourceNotFoundException', 'y'));
    const short = JSON.stringify({ client_id: 'the-client', client_secret: 'y' });
    expect((await ops(['credentials', 'set', 'uqudo'], { stdin: short })).err).toBe(
      'error: the secret is not there: restore it (aws secretsmanager restore-secret) or deploy the stack again\n',
    );
  });
});
