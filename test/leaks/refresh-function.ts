import type { ServerResponse } from 'node:http';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { boardHandler } from '../../functions/board/board-handler.ts';
import { clientSecretBasicEncoded } from '../../functions/oauth/client-authentication.ts';
import type { Outgoing, Reply } from '../deployed/deployed.ts';
import { deployed } from '../deployed/deployed.ts';
import { type Canary, credentialCanaries } from './find-leaks.ts';

export const CREDENTIALS = {
  client_id: 'canary-id-Wq7',
  client_secret: 'kAn4r1-"s3cr3t"/+&=%§ {{x}} of the test',
};
const OLDER_SECRET = '0ld3r-kAn4r1/+of="the test"';
/** Where `*` is, each token has a number of its own. */
const tokenNumber = (n: number) => `t0k3n-${n}-kAn4r1./+=_~of-the-test-${n}`;

/** What else a token endpoint hands out. */
const OTHERS = {
  refresh_token: 'r3fr35h-kAn4r1./+=_~of-the-test',
  id_token: '1dt0k3n.kAn4r1.of-the-test',
  session: 's3ss10n-kAn4r1-of-the-test',
};

const canariesFor = (tokens: number): Canary[] => [
  ...credentialCanaries(CREDENTIALS.client_id, CREDENTIALS.client_secret),
  { name: 'the older client_secret', value: OLDER_SECRET },
  ...Object.entries(OTHERS).map(([name, value]) => ({ name, value })),
  ...Array.from({ length: tokens }, (_, index) => ({
    name: `access_token ${index + 1}`,
    value: tokenNumber(index + 1),
  })),
];

/** All the ways in which a provider might tell us our own secret. */
const echo = ({ headers, body }: Outgoing, token: string) => {
  const said = `${body} ${headers.authorization ?? ''} ${CREDENTIALS.client_secret} ${token}`;
  const pair = `${CREDENTIALS.client_id}:${CREDENTIALS.client_secret}`;
  const encoded = clientSecretBasicEncoded(CREDENTIALS).headers['authorization'];
  return {
    error_description: `no: ${encoded} ${said}`,
    errorDescription: encodeURIComponent(said),
    message: JSON.stringify(said),
    detail: `${Buffer.from(pair).toString('base64')} ${Buffer.from(CREDENTIALS.client_secret).toString('base64')}`,
    title: CREDENTIALS.client_secret.slice(0, 12),
    errors: [{ message: said }],
    access_token: token,
  };
};

const json = (response: ServerResponse, status: number, body: unknown, headers = {}) =>
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));

type Provider = (request: Outgoing, response: ServerResponse, token: string) => void;
const token = (access_token: string, more = {}) => ({
  access_token,
  token_type: 'bearer',
  expires_in: 1800,
  scope: 'read',
  ...more,
});

const PROVIDERS: Readonly<Record<string, Provider>> = {
  issues: (_, response, t) => json(response, 200, token(t)),
  'echoes under 400': (request, response, t) =>
    json(response, 400, { error: 'invalid_request', ...echo(request, t) }),
  'echoes under 401': (request, response, t) =>
    json(
      response,
      401,
      { error: 'invalid_client', ...echo(request, t) },
      { 'www-authenticate': `Basic realm="${encodeURIComponent(CREDENTIALS.client_secret)}"` },
    ),
  'echoes under 429': (request, response, t) =>
    json(response, 429, { error: CREDENTIALS.client_secret, ...echo(request, t) }, { 'retry-after': '5' }),
  'echoes under 503': (request, response, t) => json(response, 503, echo(request, t)),
  'echoes under 200': (request, response, t) =>
    json(response, 200, { error: 'invalid_scope', ...echo(request, t) }),
  'echoes under names of its own': ({ body }, response) =>
    json(response, 422, { [CREDENTIALS.client_secret]: CREDENTIALS.client_secret, why: body }),
  'hands out other tokens beside an error': (_, response, t) =>
    json(response, 200, token(t, { ...OTHERS, error: true })),
  'hands out other tokens beside an empty error': (_, response, t) =>
    json(response, 200, token(t, { ...OTHERS, error: {} })),
  'hands out other tokens under 503': (_, response) => json(response, 503, OTHERS),
  'echoes other tokens under 400': (_, response) =>
    json(response, 400, { ...OTHERS, error_description: `${OTHERS.refresh_token} ${OTHERS.id_token}` }),
  'echoes in a list': ({ body }, response) => json(response, 400, [body]),
  'echoes in HTML': ({ body }, response) => response.writeHead(500).end(`<html>${body}</html>`),
  'redirects with it': ({ body }, response) =>
    response.writeHead(307, { location: `https://elsewhere.example.com/?${body}` }).end(),
  'sets it as a cookie': (_, response, t) =>
    json(response, 200, token(t), {
      'set-cookie': `session=${encodeURIComponent(CREDENTIALS.client_secret)}`,
    }),
  'issues a token with a line break': (_, response, t) => json(response, 200, token(`${t}\r\nx: y`)),
  'issues a token with {{': (_, response, t) => json(response, 200, token(`${t}{{`)),
  'issues a token that is too long': (_, response, t) => json(response, 200, token(t.padEnd(9000, t))),
  'issues a token of another type': (_, response, t) => json(response, 200, token(t, { token_type: t })),
  'issues a token with an odd lifetime': (_, response, t) => json(response, 200, token(t, { expires_in: t })),
  'issues a token that is no text': (_, response, t) => json(response, 200, token([t] as never)),
  'issues a token that has expired': (_, response, t) => json(response, 200, token(t, { expires_in: 0 })),
  'issues and scopes it with the secret': (_, response, t) =>
    json(response, 200, token(t, { refresh_token: t, id_token: t })),
  'answers what is no JSON': (_, response, t) => response.end(`{"access_token":"${t}",}`),
  'breaks within the token': (_, response, t) => {
    response.writeHead(200, { 'content-length': 4000 });
    response.write(`{"access_token":"${t}`, () => response.destroy());
  },
  'answers with a header that is no header': (_, response, t) => {
    response.socket?.end(`HTTP/1.1 200 OK\r\n${t}\r\n\r\n`);
  },
};

const quoting = (body: string): string => {
  const value: unknown = JSON.parse(body).Value;
  return typeof value === 'string' ? value : CREDENTIALS.client_secret;
};

/** A token parameter with 100 versions, the oldest of which has a label. */
const fullParameter = (name: string, body: string): Reply | null => {
  const { Type } = JSON.parse(body);
  if (name === 'PutParameter' && Type === 'SecureString') {
    const message = `Version 1, the oldest version, can't be deleted: ${quoting(body)}`;
    return { status: 400, body: { __type: 'ParameterMaxVersionLimitExceeded', message } };
  }
  if (name !== 'GetParameterHistory') return null;
  const Description = CREDENTIALS.client_secret;
  const Parameters = [1, 2].map((Version) => ({
    Version,
    Value: tokenNumber(Version),
    Description,
    Labels: ['known-good'],
  }));
  return { status: 200, body: { Parameters } };
};

/** What AWS says instead, quoting what it was given, as its validation errors do. */
const AWS_ERRORS: Readonly<Record<string, (call: Outgoing) => Reply | null>> = {
  'SSM quotes the token it refuses': ({ name, body }) =>
    name === 'PutParameter' && JSON.parse(body).Type === 'SecureString'
      ? {
          status: 400,
          body: {
            __type: 'ValidationException',
            message: `1 validation error detected: Value '${quoting(body)}' at 'value' failed to satisfy constraint`,
            Value: quoting(body),
          },
        }
      : null,
  'SSM cannot drop a version that has a label, and its history holds tokens': ({ name, body }) =>
    fullParameter(name, body),
  'SSM refuses that history, quoting what it holds': ({ name, body }) =>
    name === 'GetParameterHistory'
      ? {
          status: 400,
          body: { __type: 'AccessDeniedException', message: `no: ${tokenNumber(1)}`, Value: tokenNumber(1) },
        }
      : fullParameter(name, body),
  'Secrets Manager quotes the secret': ({ name }) =>
    name === 'GetSecretValue'
      ? {
          status: 400,
          body: {
            __type: 'InvalidRequestException',
            Message: `The secret ${CREDENTIALS.client_secret} cannot be read`,
            SecretString: CREDENTIALS.client_secret,
          },
        }
      : null,
  'Secrets Manager answers what is no JSON': ({ name }) =>
    name === 'GetSecretValue' ? { status: 200, body: [CREDENTIALS.client_secret] } : null,
};

/** Secrets that were filled in wrongly. */
const SECRETS: Readonly<Record<string, string>> = {
  'is no JSON': CREDENTIALS.client_secret,
  'is a text': JSON.stringify(CREDENTIALS.client_secret),
  'is a list': JSON.stringify([CREDENTIALS.client_secret]),
  'lacks the id': JSON.stringify({ client_secret: CREDENTIALS.client_secret }),
  'names them otherwise': JSON.stringify({ id: CREDENTIALS.client_id, secret: CREDENTIALS.client_secret }),
  'has white space': JSON.stringify({ ...CREDENTIALS, client_secret: `${CREDENTIALS.client_secret} ` }),
  'has a list in it': JSON.stringify({ ...CREDENTIALS, client_secret: [CREDENTIALS.client_secret] }),
  'is broken off': JSON.stringify(CREDENTIALS).slice(0, -3),
};

const EVENTS: readonly unknown[] = [
  {},
  { action: 'status' },
  { action: 'refresh' },
  { action: CREDENTIALS.client_secret },
  { action: 'refresh', force: CREDENTIALS.client_secret },
  { action: 'pause', until: CREDENTIALS.client_secret },
  CREDENTIALS.client_secret,
];

const FORCE = JSON.stringify({ action: 'refresh', force: true });

/**
 * Drives the deployed function through everything that could make it talk, and answers all it said: standard output
 * and error (the log at level DEBUG and the EMF metrics), answers and errors as Lambda passes them on, statuses, and the
 * board that shows them.
 */
export const everythingTheRefreshFunctionSays = async (directory: string) => {
  let provider: Provider = PROVIDERS['issues'] as Provider;
  let awsError: ((call: Outgoing) => Reply | null) | null = null;
  let tokens = 0;
  const w = await deployed({
    directory,
    credentials: { client_id: CREDENTIALS.client_id, client_secret: OLDER_SECRET },
    before: (call) => awsError?.(call) ?? null,
    provider: (request, response) => {
      tokens += 1;
      provider(request, response, tokenNumber(tokens));
    },
  });
  w.setSecret(JSON.stringify(CREDENTIALS));
  const lambda = w.start();
  w.putConfig();
  const ssm = new SSMClient({
    endpoint: w.endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-real-key' },
  });
  const board = boardHandler({ ssm, prefix: '/token-refresher', now: Date.now, console: true });
  const boardContext = { invokedFunctionArn: 'arn:aws:lambda:eu-central-1:123456789012:function:board' };
  const said: string[] = [];
  const say = async (payload: string) => {
    const { payload: answer, functionError } = await lambda.invoke(payload);
    said.push(String(functionError), answer, w.statusText(), await board({}, boardContext as Context));
  };

  for (const each of Object.values(PROVIDERS)) {
    provider = each;
    await say(FORCE);
    await say('{}');
  }
  provider = PROVIDERS['issues'] as Provider;
  for (const each of Object.values(AWS_ERRORS)) {
    awsError = each;
    await say(FORCE);
    await say('{}');
  }
  awsError = null;
  for (const text of Object.values(SECRETS)) {
    w.setSecret(text);
    await say(FORCE);
    await say('{}');
  }
  for (const event of EVENTS) await say(JSON.stringify(event));
  ssm.destroy();
  return { text: [...said, ...w.output].join('\n'), canaries: canariesFor(tokens) };
};
