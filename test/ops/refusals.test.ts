import { describe, expect, it, vi } from 'vitest';
import { configs, denied, type Reply, refusal, useAwsStub } from './aws-stub.ts';
import { UQUDO } from './fixtures.ts';
import { ops } from './terminal.ts';

const { replies, asked } = useAwsStub();

const CREDENTIALS = JSON.stringify({ client_id: 'the-client', client_secret: 'kX93-canary-7f' });

/** One line, exit code 1, nothing on standard output. */
const fails = async (args: string[], line: string, stdin = '') => {
  expect(await ops(args, { stdin })).toEqual({ code: 1, out: '', err: `error: ${line}\n` });
};

describe('one line that says what to do', () => {
  it('where no region is set', async () => {
    vi.stubEnv('AWS_REGION', undefined);
    await fails(
      ['status'],
      'no AWS region is set: pass --region, such as --region eu-central-1, or export AWS_REGION',
    );
  });

  it('where the region is none', async () => {
    const { code, err } = await ops(['status', '--region', 'middle earth']);
    expect([code, err]).toEqual([
      1,
      expect.stringMatching(/^error: --region middle earth is no AWS region .*\n$/),
    ]);
  });

  it('where there are no credentials', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', undefined);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
    await fails(
      ['status'],
      'no AWS credentials were found: log in (aws sso login), pass --profile, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
    await fails(
      ['status', '--profile', 'night'],
      'the profile night gives no AWS credentials: log in (aws sso login --profile night) or choose another --profile',
    );
  });

  it('where nothing is under the prefix', async () => {
    replies.set('ssm.GetParametersByPath', { status: 200, body: { Parameters: [] } });
    await fails(
      ['status', '--prefix', 'somewhere/else/'],
      'nothing is deployed under /somewhere/else in eu-central-1: check --prefix, --region and the account, or deploy the stack',
    );
    expect(asked.at(-1)?.body).toContain('"/somewhere/else/config"');
  });

  it('where a connection is not there', async () => {
    await fails(['explain', 'nobody'], 'there is no connection "nobody": known are uqudo');
  });

  it('where a config parameter is not ours', async () => {
    replies.set('ssm.GetParametersByPath', configs(UQUDO, '{}'));
    await fails(
      ['status'],
      '/token-refresher/config/uqudo has no provider: it is made by the stack, so deploy the stack again',
    );
  });

  it('where a right is missing, and which', async () => {
    const resource = 'arn:aws:ssm:eu-central-1:123456789012:parameter/token-refresher/config';
    replies.set('ssm.GetParametersByPath', denied('ssm:GetParametersByPath', resource));
    await fails(['status'], `access denied: the right ssm:GetParametersByPath is missing on ${resource}`);
  });

  it.each([
    ['ExpiredTokenException', 'expired', 'the AWS credentials have expired: log in again (aws sso login)'],
    [
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
      'AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or log in again',
    ],
    [
      'InvalidSignatureException',
      'Signature expired: 20300101T030000Z is now earlier than 20300101T040000Z',
      "AWS refuses the request's time: set this machine's clock",
    ],
  ])('where AWS says %s', async (type, message, line) => {
    replies.set('ssm.GetParametersByPath', refusal(type, message));
    await fails(['status'], line);
  });

  it('where no endpoint answers', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:9');
    await fails(
      ['status'],
      'no connection to AWS (ECONNREFUSED): check the network, --region and AWS_ENDPOINT_URL',
    );
  });

  it('where a proxy answers in the place of AWS', async () => {
    replies.set('ssm.GetParametersByPath', { status: 200, body: null, text: '<html>Please log in</html>' });
    await fails(
      ['status'],
      'what answers is not AWS: check AWS_ENDPOINT_URL (unset it for AWS itself), and the proxy in between',
    );
  });

  it('where the endpoint is no URL', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', '127.0.0.1:4566');
    await fails(
      ['status'],
      'AWS_ENDPOINT_URL, or endpoint_url of the AWS profile, is no URL: write one such as http://127.0.0.1:4566, or unset it for AWS itself',
    );
  });

  it.each<[string, Reply, string]>([
    [
      'is not there',
      refusal(
        'ResourceNotFoundException',
        'Function not found: arn:aws:lambda:eu-central-1:123456789012:function:token-refresher-uqudo',
        404,
      ),
      'the function is not there (token-refresher-uqudo): its config parameter outlived it, deploy the stack again',
    ],
    [
      'is throttled',
      refusal('TooManyRequestsException', 'Rate Exceeded.', 429),
      'AWS throttles these calls: wait a minute and try again, with fewer connections at once',
    ],
    [
      'timed out',
      {
        status: 200,
        body: {
          errorType: 'Sandbox.Timedout',
          errorMessage: 'RequestId: 1 Error: Task timed out after 60.00 seconds',
        },
        headers: { 'x-amz-function-error': 'Unhandled' },
      },
      'token-refresher-uqudo timed out before it could answer: look at its log, then try again (a tick does so by itself)',
    ],
    [
      'failed',
      {
        status: 200,
        body: {
          errorType: 'ConfigurationError',
          errorMessage: 'CONNECTION.provider must be a non-empty string',
        },
        headers: { 'x-amz-function-error': 'Unhandled' },
      },
      'token-refresher-uqudo failed with ConfigurationError: CONNECTION.provider must be a non-empty string',
    ],
    [
      'answers in another tongue',
      { status: 200, body: { hello: 'there' } },
      'token-refresher-uqudo gave an answer this command line does not know: use the version that was deployed',
    ],
  ])('where a function %s', async (_, reply, line) => {
    replies.set('lambda.Invoke', reply);
    const { code, out, err } = await ops(['refresh', 'uqudo']);
    expect({ code, out, err }).toEqual({ code: 1, out: `✖ uqudo: ${line}\n`, err: '' });
  });
});

it('warns where it may not be told whether a connection with logins has credentials', async () => {
  const config = { ...UQUDO, connection: 'uae-pass', exchangeFunctionName: 'exchange' };
  replies.set('ssm.GetParametersByPath', configs(config));
  replies.set('lambda.Invoke', {
    status: 200,
    body: {
      connection: 'uae-pass',
      outcome: 'reauthorization-required',
      state: 'reauthorization-required',
      reason: 'there is no token: a person has to log in',
      expiresAt: null,
      nextAttemptAt: null,
    },
  });
  const right = 'secretsmanager:ListSecretVersionIds';
  replies.set('secretsmanager.ListSecretVersionIds', denied(right, UQUDO.secretArn));
  const { code, out, err } = await ops(['verify']);
  expect([code, err]).toEqual([
    0,
    `warning: whether uae-pass has credentials is not known: access denied: the right ${right} is missing on ${UQUDO.secretArn}\n`,
  ]);
  expect(out).toContain('awaiting a login: uae-pass');
});

describe('arguments', () => {
  it.each([
    [['refresh'], 'name the connections, or pass --all (token-refresher status lists them)'],
    [['refresh', 'uqudo', '--all'], 'name connections or pass --all, not both'],
    [['refresh', 'uqudo', '--reason', 'x'.repeat(201)], '--reason has 201 characters: write at most 200'],
    [
      ['pause', 'uqudo', '--for', '2'],
      '--for "2" is no duration: write a number and a unit, such as 90s, 15m, 2h or 1d',
    ],
    [
      ['pause', 'uqudo', '--for', '31d'],
      '--for "31d" is too long: pause for 30d at most, as nobody is alerted meanwhile when the token expires',
    ],
    [
      ['exchange', 'uqudo', '--redirect-uri', 'https://www.example.com/callback'],
      'uqudo takes no codes: only connections with the grant authorization_code, such as UAE PASS, do',
    ],
  ])('%j are refused in one line, and nothing is invoked', async (args, line) => {
    await fails(args, line);
    expect(asked.map(({ operation }) => operation)).not.toContain('lambda.Invoke');
  });

  it('speaks the way it was started', async () => {
    const { err } = await ops(['refresh'], { env: { npm_lifecycle_event: 'ops' } });
    expect(err).toBe('error: name the connections, or pass --all (npm run ops -- status lists them)\n');
  });
});

describe('credentials that cannot be used', () => {
  const wants = 'pipe {"client_id":"…","client_secret":"…"}, or run in a terminal';

  it.each([
    ['', `standard input is empty: ${wants}`],
    ['canary-5f3a9c', `standard input is not a JSON object: ${wants}`],
    ['["canary-5f3a9c"]', `standard input is not a JSON object: ${wants}`],
    [
      '{"client_id":"canary-5f3a9c"}',
      `standard input has no client_secret that is a non-empty string: ${wants}`,
    ],
    [
      '{"client_id":"a","client_secret":"b","canary-5f3a9c":""}',
      `standard input has more fields than client_id, client_secret: ${wants}`,
    ],
    [
      '{"client_id":"a","client_secret":"canary-5f3a9c "}',
      'client_secret in the secret begins or ends with white space: remove it',
    ],
  ])('are refused without being written or shown: %j', async (stdin, line) => {
    await fails(['credentials', 'set', 'uqudo'], line, stdin);
    expect(asked.map(({ operation }) => operation)).not.toContain('secretsmanager.PutSecretValue');
  });

  it('are refused where they are too long to be any, and not read to their end', async () => {
    await fails(
      ['credentials', 'set', 'uqudo'],
      `standard input is too long: ${wants}`,
      'x'.repeat(64 * 1024 + 1),
    );
  });

  it('are not shown either where Secrets Manager quotes them in its refusal', async () => {
    const quoted = `Invalid value ${CREDENTIALS} for SecretString`;
    replies.set('secretsmanager.PutSecretValue', refusal('ValidationException', quoted));
    const { code, out, err } = await ops(['credentials', 'set', 'uqudo', '--debug'], { stdin: CREDENTIALS });
    expect(code).toBe(1);
    expect(err).toContain('ValidationException: Invalid value');
    expect(out + err).not.toMatch(/canary-7f|kX93-c/);
  });

  it('are not written where the right to do so is missing', async () => {
    replies.set('secretsmanager.PutSecretValue', denied('secretsmanager:PutSecretValue', UQUDO.secretArn));
    await fails(
      ['credentials', 'set', 'uqudo'],
      `access denied: the right secretsmanager:PutSecretValue is missing on ${UQUDO.secretArn}`,
      CREDENTIALS,
    );
  });
});

describe('--debug', () => {
  it('shows each call and where the error came from, but nothing that was sent or answered', async () => {
    replies.set('ssm.GetParametersByPath', refusal('AccessDeniedException', 'canary-5f3a9c'));
    const { err } = await ops(['status', '--debug']);
    expect(err).toMatch(/^debug: SSMClient GetParametersByPathCommand: \d+ ms, AccessDeniedException$/m);
    expect(err).toMatch(
      /^error: access denied: these credentials lack a right, --debug shows which call failed$/m,
    );
    expect(err).toMatch(/^AccessDeniedException \(HTTP 400, 1 attempts\)$/m);
    expect(err).toMatch(/^ +at .*aws\.ts/m);
    expect(err).not.toContain('canary-5f3a9c');
    expect(err).not.toContain('AKIAEXAMPLE');
  });
});
