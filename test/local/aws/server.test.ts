import { InvokeCommand } from '@aws-sdk/client-lambda';
import { DescribeSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  PutParameterCommand,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { startAwsEndpoint } from '../../../infra/local/aws/server.ts';
import { parseFault } from '../../../infra/local/faults.ts';
import { place, useEndpoint } from './endpoint.ts';

const refusal = (name: string) => expect.objectContaining({ name });

describe('the wire', () => {
  const { used } = useEndpoint();

  it('refuses an unsigned call', async () => {
    const response = await fetch(used.endpoint.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSSM.GetParameter' },
      body: '{}',
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: 'MissingAuthenticationTokenException' });
  });

  it.each([
    ['AmazonSSM.GetMoney', '{}', 'UnknownOperationException'],
    ['AmazonS3.GetObject', '{}', 'UnknownOperationException'],
    ['AmazonSSM.GetParameter', 'not json', 'SerializationException'],
    ['AmazonSSM.GetParameter', '{"Name":7}', 'SerializationException'],
    ['AmazonSSM.GetParameter', '{}', 'ValidationException'],
  ])('answers %s with %s as %s', async (target, body, code) => {
    const response = await fetch(used.endpoint.url, {
      method: 'POST',
      headers: { 'x-amz-target': target, authorization: 'AWS4-HMAC-SHA256 Credential=AKIA/2030/x' },
      body,
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-requestid')).toMatch(/^[\da-f-]{36}$/);
    expect(response.headers.get('x-amzn-errortype')).toBe(code);
    expect(await response.json()).toMatchObject({ __type: code });
  });

  it('gives its content as plain JSON, and starts with it', async () => {
    await used.ssm.send(new PutParameterCommand({ Name: '/a', Value: 'x', Type: 'String' }));
    const state = JSON.parse(JSON.stringify(used.endpoint.state()));
    const second = await startAwsEndpoint({ place, state });
    expect(second.parameters.get('/a').version.value).toBe('x');
    expect(second.state()).toEqual(state);
    await second.close();
  });
});

describe('Lambda Invoke', () => {
  const invoked: string[] = [];
  const { used } = useEndpoint({
    invoke: (name, payload) => {
      if (name === 'missing') return null;
      invoked.push(`${name} ${payload}`);
      const failed = name === 'fails';
      return Promise.resolve({
        payload: failed ? '{"errorType":"Error","errorMessage":"no","trace":[]}' : `{"got":${payload}}`,
        functionError: failed ? 'Unhandled' : null,
      });
    },
  });
  const invoke = async (FunctionName: string, more: object = {}) => {
    const answer = await used.lambda.send(
      new InvokeCommand({ FunctionName, Payload: Buffer.from('{"a":1}'), ...more }),
    );
    return { ...answer, text: Buffer.from(answer.Payload ?? []).toString() };
  };

  it('answers what the handler returned', async () => {
    expect(await invoke('works')).toMatchObject({ StatusCode: 200, text: '{"got":{"a":1}}' });
  });

  it('marks what the handler threw', async () => {
    const answer = await invoke('fails');
    expect(answer).toMatchObject({ StatusCode: 200, FunctionError: 'Unhandled' });
    expect(JSON.parse(answer.text)).toMatchObject({ errorMessage: 'no' });
  });

  it('accepts an event without waiting for its result', async () => {
    expect(await invoke('fails', { InvocationType: 'Event' })).toMatchObject({ StatusCode: 202, text: '' });
    expect(invoked.at(-1)).toBe('fails {"a":1}');
  });

  it('finds a function by ARN', async () => {
    const arn = 'arn:aws:lambda:eu-west-1:000000000000:function:works:$LATEST';
    expect(await invoke(arn)).toMatchObject({ StatusCode: 200 });
  });

  it('refuses an unknown function and a payload that is no JSON', async () => {
    await expect(invoke('missing')).rejects.toEqual(refusal('ResourceNotFoundException'));
    await expect(invoke('works', { Payload: Buffer.from('{') })).rejects.toEqual(
      refusal('InvalidRequestContentException'),
    );
  });
});

describe('faults', () => {
  let now = 1_000_000;
  let random = 0;
  const killed: string[] = [];
  const { used, calls } = useEndpoint({
    clock: () => now,
    random: () => random,
    caller: (id) => (id === 'AKIATEST' ? 'function' : 'person'),
    faultsHit: (caller) => caller === 'function',
    crash: (caller) => killed.push(caller),
    faults: [
      'ssm=throttle:0.3@10s',
      'ssm=stale:2s@20s',
      'ssm=crash:1@40s',
      'secretsmanager=denied:5s@10s',
    ].map(parseFault),
  });
  const get = () => used.ssm.send(new GetParameterCommand({ Name: '/faulty' }));
  const put = (Value: string, Type: 'String' | 'SecureString' = 'SecureString') =>
    used.ssm.send(new PutParameterCommand({ Name: '/faulty', Value, Type, Overwrite: true }));

  it('begin and end when they should, and hit functions only', async () => {
    await put('one');
    await expect(used.secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toEqual(
      refusal('ResourceNotFoundException'),
    );
    now += 10_000;
    random = 0.29;
    await expect(get()).rejects.toEqual(refusal('ThrottlingException'));
    random = 0.3;
    expect((await get()).Parameter).toMatchObject({ Version: 1 });
    await expect(used.secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toEqual(
      refusal('AccessDeniedException'),
    );
    now += 5000;
    await expect(used.secrets.send(new GetSecretValueCommand({ SecretId: 'none' }))).rejects.toEqual(
      refusal('ResourceNotFoundException'),
    );
  });

  it('show reads as they were some time ago', async () => {
    now += 10_000;
    await put('two');
    now += 1999;
    expect((await get()).Parameter).toMatchObject({ Version: 1 });
    now += 1;
    expect((await get()).Parameter).toMatchObject({ Version: 2 });
  });

  it('kill the caller once, after the token is written and before it learns so', async () => {
    now += 20_000;
    calls.length = 0;
    await expect(put('three')).rejects.toBeInstanceOf(Error);
    expect(killed).toEqual(['function']);
    expect(used.endpoint.parameters.get('/faulty').version.value).toBe('three');
    await put('four');
    expect(calls.map(({ outcome }) => outcome)).toEqual(['ok', 'ok']);
    expect(killed).toEqual(['function']);
  });
});

describe('rights', () => {
  const asked: string[] = [];
  const refusedActions = new Set<string>();
  const { used } = useEndpoint({
    allows: (_, { action, resource, context }) => {
      const { 'kms:EncryptionContext:PARAMETER_ARN': parameter } = context;
      asked.push(`${action} ${resource}${parameter === undefined ? '' : ` for ${parameter}`}`);
      return !refusedActions.has(action);
    },
  });
  const key = 'arn:aws:kms:eu-west-1:000000000000:key/0000';
  const parameter = 'arn:aws:ssm:eu-west-1:000000000000:parameter';
  const put = (Value: string) =>
    used.ssm.send(
      new PutParameterCommand({
        Name: '/a/b',
        Value,
        Type: 'SecureString',
        Tier: 'Intelligent-Tiering',
        KeyId: key,
        Overwrite: true,
      }),
    );
  const since = async (act: () => Promise<unknown>) => {
    asked.length = 0;
    await act();
    return asked;
  };

  it('are asked for the parameter and the key, in the context of the parameter', async () => {
    expect(await since(() => put('x'))).toEqual([
      `ssm:PutParameter ${parameter}/a/b`,
      `kms:Encrypt ${key} for ${parameter}/a/b`,
    ]);
    expect(await since(() => put('x'.repeat(5000)))).toContain(
      `kms:GenerateDataKey ${key} for ${parameter}/a/b`,
    );
    const get = { Names: ['/a/b:1', `${parameter}/a/b:2`, '/none'], WithDecryption: true };
    expect(await since(() => used.ssm.send(new GetParametersCommand(get)))).toEqual([
      `ssm:GetParameters ${parameter}/a/b`,
      `ssm:GetParameters ${parameter}/a/b`,
      `ssm:GetParameters ${parameter}/none`,
      `kms:Decrypt ${key} for ${parameter}/a/b`,
      `kms:Decrypt ${key} for ${parameter}/a/b`,
    ]);
  });

  it('are asked for a path, a secret and a function', async () => {
    const { arn } = used.endpoint.secrets.create({ name: 'folder/secret' }, 0);
    expect(
      await since(async () => {
        await used.ssm.send(new GetParametersByPathCommand({ Path: '/a' }));
        await used.secrets.send(new DescribeSecretCommand({ SecretId: 'folder/secret' }));
        await used.lambda.send(new InvokeCommand({ FunctionName: 'f' })).catch(() => undefined);
      }),
    ).toEqual([
      `ssm:GetParametersByPath ${parameter}/a`,
      `secretsmanager:DescribeSecret ${arn}`,
      'lambda:InvokeFunction arn:aws:lambda:eu-west-1:000000000000:function:f',
    ]);
  });

  it('that are missing refuse the call and change nothing', async () => {
    const before = used.endpoint.parameters.get('/a/b').version.version;
    for (const action of ['kms:Encrypt', 'ssm:PutParameter']) {
      refusedActions.add(action);
      await expect(put('y')).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining(`not authorized to perform: ${action}`),
      });
    }
    expect(used.endpoint.parameters.get('/a/b').version.version).toBe(before);
  });
});
