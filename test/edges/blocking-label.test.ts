import { GetParameterHistoryCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { slotOf } from '../../functions/connection.ts';
import { clientConfig, retryTooManyUpdates } from '../../functions/edges/aws.ts';
import { parameters } from '../../functions/edges/parameters.ts';
import { initialStatus } from '../../functions/status.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import { CONNECTION } from '../connection.ts';
import { everythingOf } from '../leaks/find-leaks.ts';
import { http } from '../loopback.ts';

const { tokenParameter, statusParameter } = CONNECTION;
const OLD_TOKEN = 'ciphertext-of-an-old-token';
const NONE = { status: null, version: 0, tokenVersion: null };
const LOOK_IT_UP =
  'SSM keeps 100 versions of /token-refresher/tokens/uqudo and cannot drop version 7, because it carries a label. ' +
  'See it: aws ssm get-parameter-history --name /token-refresher/tokens/uqudo ' +
  '--query "Parameters[?Labels[0]].[Version,Labels]" Remove it: aws ssm unlabel-parameter-version ' +
  '--name /token-refresher/tokens/uqudo --parameter-version 7 --labels LABEL';

const refusal = (name: string, message: string) => Object.assign(new Error(message), { name });
/** As AWS words it. */
const full = (parameter: string, version: number) =>
  refusal(
    'ParameterMaxVersionLimitExceeded',
    `You attempted to create a new version of ${parameter} by calling the PutParameter API with the overwrite flag. ` +
      `Version ${version}, the oldest version, can't be deleted because it has a label associated with it. ` +
      'Move the label to another version of the parameter, and try again.',
  );
const version = (Version: number, Labels?: string[]) => ({
  Version,
  Value: OLD_TOKEN,
  ...(Labels && { Labels }),
});
const caught = (write: Promise<unknown>) =>
  write.then(
    () => null,
    (error) => error,
  );

describe('a label on the oldest of 100 versions', () => {
  const ssm = mockClient(SSMClient);
  const client = new SSMClient({});
  const writing = (slot = slotOf(CONNECTION, null)) => {
    const store = parameters(() => client, slot);
    const status = initialStatus('uqudo', 'uqudo');
    return {
      token: () => caught(store.writeToken('a-new-token')),
      status: () => caught(store.writeStatus(status, NONE)),
    };
  };
  afterAll(() => ssm.restore());
  beforeEach(() => {
    ssm.reset();
    ssm.on(PutParameterCommand, { Name: tokenParameter }).rejects(full(tokenParameter, 7));
    ssm.on(PutParameterCommand, { Name: statusParameter }).rejects(full(statusParameter, 12));
  });

  it('is named, in one sentence with the command that removes it', async () => {
    ssm.on(GetParameterHistoryCommand).resolves({ Parameters: [version(7, ['known-good']), version(8)] });
    const error = await writing().token();
    expect(error).toMatchObject({ code: 'token_not_stored', kind: 'transient' });
    expect(error.message).toBe(
      'SSM keeps 100 versions of /token-refresher/tokens/uqudo and cannot drop version 7, because it carries the ' +
        'label known-good: run `aws ssm unlabel-parameter-version --name /token-refresher/tokens/uqudo ' +
        '--parameter-version 7 --labels known-good`',
    );
  });

  it('is one of several: all are named, and one command removes them', async () => {
    ssm
      .on(GetParameterHistoryCommand)
      .resolves({ Parameters: [version(7, ['known-good', 'v1.2', 'audit'])] });
    const { message } = await writing().token();
    expect(message).toContain('because it carries the labels known-good, v1.2, audit: run');
    expect(message).toContain('--parameter-version 7 --labels known-good v1.2 audit`');
  });

  it('is named where it is on the status, with what SSM said as the cause', async () => {
    ssm.on(GetParameterHistoryCommand).resolves({ Parameters: [version(12, ['before-the-move'])] });
    const error = await writing().status();
    expect(error).toMatchObject({
      code: 'status_not_stored',
      kind: 'transient',
      cause: { name: 'ParameterMaxVersionLimitExceeded' },
    });
    expect(error.message).toBe(
      'SSM keeps 100 versions of /token-refresher/status/uqudo and cannot drop version 12, because it carries the ' +
        'label before-the-move: run `aws ssm unlabel-parameter-version --name /token-refresher/status/uqudo ' +
        '--parameter-version 12 --labels before-the-move`',
    );
  });

  it("is looked for in the subject's own parameter", async () => {
    const slot = slotOf(CONNECTION, 'subject-1');
    ssm.on(PutParameterCommand, { Name: slot.tokenParameter }).rejects(full(slot.tokenParameter, 3));
    ssm
      .on(GetParameterHistoryCommand, { Name: `${tokenParameter}/subject-1` })
      .resolves({ Parameters: [version(3, ['of-a-person'])] });
    expect((await writing(slot).token()).message).toContain(
      `--name ${tokenParameter}/subject-1 --parameter-version 3 --labels of-a-person\``,
    );
  });

  it('is looked for once, on one page, without decryption', async () => {
    ssm.on(GetParameterHistoryCommand).resolves({ Parameters: [version(8)], NextToken: 'more' });
    await writing().token();
    expect(ssm.commandCalls(GetParameterHistoryCommand).map(({ args }) => args[0].input)).toEqual([
      { Name: tokenParameter, WithDecryption: false },
    ]);
  });

  it.each([
    ['the run has time', 'run', true],
    ['a second, so that the failure can be written down yet', 'second', true],
    ['a second, in a run without end', 'second', false],
  ] as const)('is looked for no longer than %s', async (_, over, hasEnd) => {
    const limits = { run: new AbortController(), second: new AbortController() };
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(limits.second.signal);
    onTestFinished(() => timeout.mockRestore());
    ssm.on(GetParameterHistoryCommand).callsFake(() => limits[over].abort());
    const store = parameters(() => client, CONNECTION);
    const write = store.writeToken('a-new-token', ...(hasEnd ? [limits.run.signal] : []));
    expect((await caught(write)).message).toBe(LOOK_IT_UP);
    expect(ssm.commandCalls(GetParameterHistoryCommand)[0]?.args).toMatchObject([
      {},
      { abortSignal: { aborted: true } },
    ]);
    expect(timeout.mock.calls).toEqual([[1000]]);
  });

  it.each(['AccessDeniedException', 'ThrottlingException', 'ValidationException', 'ParameterNotFound'])(
    'is not looked for after a %s',
    async (name) => {
      ssm.on(PutParameterCommand).rejects(refusal(name, 'Version 7, the oldest version'));
      await writing().token();
      await writing().status();
      expect(ssm.commandCalls(GetParameterHistoryCommand)).toEqual([]);
    },
  );

  it.each([
    ['is denied', () => refusal('AccessDeniedException', `not authorized, ${OLD_TOKEN}`)],
    ['is throttled', () => refusal('ThrottlingException', 'Rate exceeded')],
    ['is gone', () => refusal('ParameterNotFound', '')],
    ['is no list', () => undefined],
    ['has no versions', () => ({})],
    ['is empty', () => ({ Parameters: [] })],
    ['begins with another version', () => ({ Parameters: [version(8, ['of-another'])] })],
    ['shows no label any more', () => ({ Parameters: [version(7, [])] })],
    ['leaves labels out', () => ({ Parameters: [version(7)] })],
  ])('is left to a look at the history where that %s', async (_, history) => {
    ssm.on(GetParameterHistoryCommand).callsFake(() => {
      const said = history();
      if (said instanceof Error) throw said;
      return said;
    });
    const error = await writing().token();
    expect(error).toMatchObject({ code: 'token_not_stored', message: LOOK_IT_UP });
    expect(error).not.toHaveProperty('cause');
    expect((await writing().status()).cause).toMatchObject({ name: 'ParameterMaxVersionLimitExceeded' });
    expect(everythingOf(error)).not.toContain(OLD_TOKEN);
  });

  it('is not guessed where SSM does not say which version is the oldest', async () => {
    ssm.on(PutParameterCommand).rejects(refusal('ParameterMaxVersionLimitExceeded', 'too many versions'));
    const { message } = await writing().token();
    expect(message).toContain('cannot drop the oldest, N, because it carries a label');
    expect(message).toContain('--parameter-version N');
    expect(ssm.commandCalls(GetParameterHistoryCommand)).toEqual([]);
  });

  it.each(['token', 'status'] as const)(
    'is all that is told of the history: no value of the %s, in the error or its causes',
    async (what) => {
      ssm
        .on(GetParameterHistoryCommand)
        .resolves({ Parameters: [version(7, ['known-good']), version(12, ['known-good'])] });
      const said = everythingOf(await writing()[what]());
      expect(said).toContain('known-good');
      expect(said).not.toContain(OLD_TOKEN);
    },
  );
});

describe('the look for that label, by the real SDK', () => {
  const clientOf = (endpoint: string) => {
    const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-real-key' };
    const client = retryTooManyUpdates(
      new SSMClient({ ...clientConfig, endpoint, region: 'eu-central-1', credentials }),
    );
    onTestFinished(() => client.destroy());
    return client;
  };
  /** An endpoint whose token parameter is full, and whose history does this. */
  const fullWith = async (history: (answer: (status: number, body: object) => void) => void) => {
    const url = await http((request, response) => {
      const answer = (status: number, body: object) =>
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(body));
      const { name, message } = full(tokenParameter, 7);
      if (String(request.headers['x-amz-target']).endsWith('PutParameter'))
        answer(400, { __type: name, message });
      else history(answer);
    });
    const client = clientOf(url.origin);
    return parameters(() => client, CONNECTION);
  };

  it("finds it with an endpoint that keeps SSM's rules, and the token that was stored stays", async () => {
    const aws = await startAwsEndpoint({ place: { region: 'eu-central-1', account: '123456789012' } });
    onTestFinished(() => aws.close());
    const client = clientOf(aws.url);
    const store = parameters(() => client, { ...CONNECTION, keyArn: null });
    for (let n = 1; n <= 103; n += 1) await store.writeToken(`token-${n}`);
    aws.parameters.label(tokenParameter, ['known-good', 'audit'], 4);
    expect((await caught(store.writeToken('token-104'))).message).toContain(
      '--parameter-version 4 --labels known-good audit`',
    );
    expect(aws.parameters.get(tokenParameter).version).toMatchObject({ version: 103, value: 'token-103' });
    aws.parameters.unlabel(tokenParameter, ['known-good', 'audit'], 4);
    expect(await store.writeToken('token-104')).toBe(104);
  });

  it.each(['ThrottlingException', 'InternalServerError'])(
    'is one attempt for each write that failed, also after a %s',
    async (name) => {
      const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(new AbortController().signal);
      onTestFinished(() => timeout.mockRestore());
      let asked = 0;
      const store = await fullWith((answer) => {
        asked += 1;
        answer(name === 'InternalServerError' ? 500 : 400, { __type: name, message: 'not now' });
      });
      for (const _ of [1, 2])
        expect((await caught(store.writeToken('a-new-token'))).message).toBe(LOOK_IT_UP);
      expect(asked).toBe(2);
    },
  );
});
