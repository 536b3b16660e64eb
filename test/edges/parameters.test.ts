import { SSMClient } from '@aws-sdk/client-ssm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientConfig, retryTooManyUpdates } from '../../functions/edges/aws.ts';
import { parameters } from '../../functions/edges/parameters.ts';
import { initialStatus, type Status, serializeStatus } from '../../functions/status.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import { CONNECTION } from '../connection.ts';
import { http } from '../loopback.ts';

const clientOf = (endpoint: string) => {
  const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-real-key' };
  const client = retryTooManyUpdates(
    new SSMClient({ ...clientConfig, endpoint, region: 'eu-central-1', credentials }),
  );
  onTestFinished(() => client.destroy());
  return client;
};

/** The store protocol, by the real SDK, with an endpoint that keeps SSM's rules. */
const stored = async () => {
  const aws = await startAwsEndpoint({ place: { region: 'eu-central-1', account: '123456789012' } });
  onTestFinished(() => aws.close());
  const client = clientOf(aws.url);
  return { aws, client, store: parameters(() => client, { ...CONNECTION, keyArn: null }) };
};

/** The same with an endpoint that answers each call with the next of these errors, and then as SSM would. */
const refusing = async (errors: readonly string[], message = 'not now') => {
  const left = [...errors];
  const calls: string[] = [];
  const url = await http((request, response) => {
    calls.push(String(request.headers['x-amz-target']).split('.')[1] ?? '');
    const error = left.shift();
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.statusCode = error === undefined ? 200 : 400;
    response.end(JSON.stringify(error === undefined ? { Version: 7 } : { __type: error, message }));
  });
  const client = clientOf(url.origin);
  return { calls, store: parameters(() => client, CONNECTION) };
};

const { tokenParameter, statusParameter } = CONNECTION;
const status: Status = { ...initialStatus('uqudo', 'uqudo'), tokenVersion: 1 };
const none = { status: null, version: 0, tokenVersion: null };

describe('what is stored', () => {
  it('is nothing at first', async () => {
    const { store } = await stored();
    expect(await store.readStatus()).toEqual(none);
  });

  it('is the status with its version, and of the token its version alone', async () => {
    const { store } = await stored();
    expect(await store.writeToken('token-1')).toBe(1);
    expect(await store.writeToken('token-2')).toBe(2);
    const written = await store.writeStatus(status, await store.readStatus());
    expect(written).toEqual({ status, version: 1, tokenVersion: 2 });
    expect(await store.readStatus()).toEqual(written);
  });

  it('is no status where somebody wrote something else there', async () => {
    const { aws, store } = await stored();
    aws.parameters.put({ name: statusParameter, value: 'hello', type: 'String' }, 0);
    expect(await store.readStatus()).toEqual({ status: null, version: 1, tokenVersion: null });
    expect(await store.writeStatus(status, await store.readStatus())).toMatchObject({ status, version: 2 });
  });

  it('is written only where it changes', async () => {
    const { store } = await stored();
    await store.writeStatus(status, none);
    const read = await store.readStatus();
    expect(await store.writeStatus(read.status as Status, read)).toBe(read);
    expect((await store.readStatus()).version).toBe(1);
  });

  it('of a token that is deleted is nothing; deleting nothing is no error', async () => {
    const { store } = await stored();
    await store.writeToken('token-1');
    await store.deleteToken();
    await store.deleteToken();
    expect((await store.readStatus()).tokenVersion).toBeNull();
  });
});

describe('two runs that write a status at once', () => {
  it('keep the later token, whoever writes last', async () => {
    for (const order of [
      [1, 2],
      [2, 1],
    ]) {
      const { store } = await stored();
      const read = await store.readStatus();
      for (const tokenVersion of order) await store.writeStatus({ ...status, tokenVersion }, read);
      expect((await store.readStatus()).status?.tokenVersion).toBe(2);
    }
  });

  it('take in what yet others write before each of the writes', async () => {
    const { aws, client, store } = await stored();
    const pausedUntil = '2030-01-01T00:00:00.000Z';
    const others: Status[] = [
      { ...status, tokenVersion: 2 },
      { ...status, state: 'paused', pausedUntil },
    ];
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          const other = commandName === 'PutParameterCommand' ? others.shift() : undefined;
          const value = other === undefined ? '' : serializeStatus(other);
          if (value !== '')
            aws.parameters.put({ name: statusParameter, value, type: 'String', overwrite: true }, 0);
          return next(args);
        },
      { step: 'initialize' },
    );
    await store.writeStatus(status, none);
    const read = await store.readStatus();
    expect(read.version).toBe(5);
    expect(read.status).toMatchObject({ tokenVersion: 2, state: 'paused', pausedUntil });
  });

  it('do not read what is not there: a status that was deleted meanwhile is written anew', async () => {
    const { aws, store } = await stored();
    await store.writeStatus(status, none);
    await store.writeStatus({ ...status, reason: 'again' }, await store.readStatus());
    const read = await store.readStatus();
    aws.parameters.remove(statusParameter);
    expect(await store.writeStatus(status, read)).toMatchObject({ status, version: 1 });
  });
});

describe("SSM's limits", () => {
  it.each([
    [4096, 'Standard'],
    [4097, 'Advanced'],
    [8192, 'Advanced'],
  ])('a token of %i bytes goes to the %s tier', async (bytes, tier) => {
    const { aws, store } = await stored();
    await store.writeToken('t'.repeat(bytes));
    expect(aws.parameters.get(tokenParameter).version).toMatchObject({ tier, type: 'SecureString' });
  });

  it.each(['TooManyUpdates', 'ThrottlingException', 'RequestLimitExceeded'])(
    '%s is retried by the SDK',
    async (error) => {
      const { calls, store } = await refusing([error]);
      expect(await store.writeToken('token')).toBe(7);
      expect(calls).toEqual(['PutParameter', 'PutParameter']);
    },
  );

  it('a refusal is not retried, and quotes no token', async () => {
    const { calls, store } = await refusing(
      ['ValidationException'],
      "Value 'tok3n-of-the-test' at 'value' failed",
    );
    const error = await store.writeToken('tok3n-of-the-test').catch((caught) => caught);
    expect(error).toMatchObject({ code: 'token_not_stored' });
    expect(error.message).toBe(
      "the new token was issued but not stored (ValidationException: Value '***' at 'value' failed)",
    );
    expect(error).not.toHaveProperty('cause');
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['readStatus', 'status_unreadable', 'the status could not be read (AccessDeniedException)'],
    ['writeStatus', 'status_not_stored', 'the status could not be written (AccessDeniedException)'],
    ['deleteToken', 'token_not_deleted', 'the expired token could not be deleted (AccessDeniedException)'],
  ] as const)('%s without the right to it fails as %s', async (operation, code, message) => {
    const { store } = await refusing(['AccessDeniedException']);
    const act = {
      readStatus: () => store.readStatus(),
      writeStatus: () => store.writeStatus(status, none),
      deleteToken: () => store.deleteToken(),
    }[operation];
    await expect(act()).rejects.toMatchObject({ code, kind: 'transient', message });
  });
});
