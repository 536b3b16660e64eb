import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DeleteParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { customResource } from '../../functions/deployment/custom-resource.ts';
import { firstTicks } from '../../functions/deployment/first-ticks.ts';
import { removedTokens, tokenCleanup } from '../../functions/deployment/token-cleanup.ts';
import { parseAction } from '../../functions/event.ts';

const PREFIX = '/token-refresher';
const ssm = mockClient(SSMClient);
const client = new SSMClient({});
const lambda = mockClient(LambdaClient);

beforeEach(() => {
  ssm.reset();
  lambda.reset();
});

const event = (
  requestType: 'Create' | 'Update' | 'Delete',
  properties: object,
  before: object = {},
): CloudFormationCustomResourceEvent =>
  ({
    RequestType: requestType,
    ResourceType: 'Custom::Any',
    LogicalResourceId: 'Any',
    PhysicalResourceId: 'Any',
    StackId: 'stack',
    RequestId: 'request',
    ResponseURL: 'http://127.0.0.1:1/',
    ServiceToken: 'token',
    ResourceProperties: { ServiceToken: 'token', prefix: PREFIX, tokensOnDelete: 'delete', ...properties },
    OldResourceProperties: { prefix: PREFIX, tokensOnDelete: 'delete', ...before },
  }) as unknown as CloudFormationCustomResourceEvent;

/** SSM holds these parameters. */
const holds = (...names: string[]): void => {
  for (const tree of ['tokens', 'status', 'codes']) {
    const path = `${PREFIX}/${tree}`;
    const below = names.filter((name) => name.startsWith(`${path}/`)).map((Name) => ({ Name }));
    ssm.on(GetParametersByPathCommand, { Path: path }).resolves({ Parameters: below });
  }
  ssm.on(DeleteParametersCommand).resolves({});
};

const deleted = (): string[] =>
  ssm.commandCalls(DeleteParametersCommand).flatMap(({ args }) => args[0].input.Names ?? []);

describe('the cleanup of tokens', () => {
  it("deletes tokens and statuses of the stack's connections when the stack is deleted, persons' included", async () => {
    holds(
      `${PREFIX}/tokens/uqudo`,
      `${PREFIX}/tokens/uae-pass/subject-1`,
      `${PREFIX}/status/uqudo`,
      `${PREFIX}/status/uae-pass/subject-1`,
    );
    await tokenCleanup(event('Delete', { connections: ['uqudo', 'uae-pass'] }), client);
    expect(deleted().toSorted()).toEqual([
      `${PREFIX}/status/uae-pass/subject-1`,
      `${PREFIX}/status/uqudo`,
      `${PREFIX}/tokens/uae-pass/subject-1`,
      `${PREFIX}/tokens/uqudo`,
    ]);
  });

  it('leaves parameters of others alone, also where one name begins with the other', async () => {
    holds(`${PREFIX}/tokens/uqudo`, `${PREFIX}/tokens/uqudo-dev`, `${PREFIX}/tokens/elsewhere`);
    await tokenCleanup(event('Delete', { connections: ['uqudo'] }), client);
    expect(deleted()).toEqual([`${PREFIX}/tokens/uqudo`]);
  });

  it.each([
    ['at creation', event('Create', { connections: ['uqudo'] })],
    ['at an update, when functions still run', event('Update', { connections: [] }, { connections: ['a'] })],
    ['where tokens are to be kept', event('Delete', { connections: ['uqudo'], tokensOnDelete: 'keep' })],
  ])('calls nobody %s', async (_, given) => {
    await tokenCleanup(given, client);
    expect(ssm.calls()).toHaveLength(0);
  });

  it('deletes at most ten at once, as many as SSM takes', async () => {
    holds(...Array.from({ length: 23 }, (_, index) => `${PREFIX}/tokens/uae-pass/subject-${index}`));
    await tokenCleanup(event('Delete', { connections: ['uae-pass'] }), client);
    const sizes = ssm.commandCalls(DeleteParametersCommand).map(({ args }) => args[0].input.Names?.length);
    expect(sizes).toEqual([10, 10, 3]);
  });
});

describe('the cleanup of tokens that an update removes', () => {
  it('deletes those of what is taken out of the stack, and nothing else, once its last run is over', async () => {
    holds(`${PREFIX}/tokens/uqudo`, `${PREFIX}/tokens/igni-acme`, `${PREFIX}/status/igni-acme`);
    const wait = vi.fn(async () => {
      expect(ssm.calls()).toHaveLength(0);
    });
    await removedTokens(
      event('Update', { connections: ['uqudo'] }, { connections: ['uqudo', 'igni-acme'] }),
      { ssm: client, wait },
    );
    expect(wait).toHaveBeenCalledTimes(1);
    expect(deleted()).toEqual([`${PREFIX}/tokens/igni-acme`, `${PREFIX}/status/igni-acme`]);
  });

  it.each([
    ['at creation', event('Create', { connections: ['uqudo'] })],
    ['at deletion', event('Delete', { connections: ['uqudo'] })],
    ['where nothing is removed', event('Update', { connections: ['a', 'b'] }, { connections: ['a'] })],
    [
      'where tokens are to be kept',
      event('Update', { connections: [], tokensOnDelete: 'keep' }, { connections: ['a'] }),
    ],
    [
      'where the prefix is another one',
      event('Update', { connections: [], prefix: '/elsewhere' }, { connections: ['a'] }),
    ],
  ])('calls nobody and waits for nothing %s', async (_, given) => {
    const wait = vi.fn();
    await removedTokens(given, { ssm: client, wait });
    expect(ssm.calls()).toHaveLength(0);
    expect(wait).not.toHaveBeenCalled();
  });
});

describe('the wait for first ticks', () => {
  const FUNCTIONS = { uqudo: 'token-refresher-uqudo', 'igni-acme': 'token-refresher-igni-acme' };
  const world = () => {
    let now = 0;
    const wait = vi.fn(async (ms: number) => {
      now += ms;
    });
    return { ssm: client, lambda: () => new LambdaClient({}), now: () => now, wait };
  };

  it('ends when every connection has a status', async () => {
    const { wait, ...rest } = world();
    ssm
      .on(GetParametersByPathCommand)
      .resolvesOnce({ Parameters: [{ Name: `${PREFIX}/status/uqudo` }] })
      .resolves({ Parameters: [{ Name: `${PREFIX}/status/uqudo` }, { Name: `${PREFIX}/status/igni-acme` }] });
    const said = await firstTicks(event('Create', { functions: FUNCTIONS }), {
      ...rest,
      wait,
    });
    expect(said).toBe('every connection has reported');
    expect(wait).toHaveBeenCalledTimes(1);
    expect(lambda.calls()).toHaveLength(0);
  });

  it('ticks once in the place of a schedule that is not heard of for half a minute', async () => {
    const { wait, now, ...rest } = world();
    ssm.on(GetParametersByPathCommand).callsFake(() => ({
      Parameters: [
        { Name: `${PREFIX}/status/uqudo` },
        ...(now() > 45_000 ? [{ Name: `${PREFIX}/status/igni-acme` }] : []),
      ],
    }));
    lambda.on(InvokeCommand).callsFake(({ Payload }) => {
      expect(now()).toBeGreaterThanOrEqual(30_000);
      expect(parseAction(JSON.parse(Payload), now())).toEqual({ action: 'tick' });
      return {};
    });
    const said = await firstTicks(event('Create', { functions: FUNCTIONS }), { ...rest, now, wait });
    expect(said).toBe('every connection has reported');
    expect(lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input)).toEqual([
      expect.objectContaining({ FunctionName: 'token-refresher-igni-acme', InvocationType: 'Event' }),
    ]);
  });

  it('goes on waiting where it cannot tick in the place of a schedule', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { wait, now, ...rest } = world();
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] });
    lambda.on(InvokeCommand).rejects(Object.assign(new Error('no'), { name: 'TooManyRequestsException' }));
    const said = await firstTicks(event('Create', { functions: FUNCTIONS }), { ...rest, now, wait });
    expect(said).toBe('no report yet from uqudo, igni-acme');
    expect(warn).toHaveBeenCalledWith('could not invoke token-refresher-uqudo: TooManyRequestsException');
  });

  it('gives up in time for the function, naming who is silent', async () => {
    const { wait, now, ...rest } = world();
    ssm.on(GetParametersByPathCommand).resolves({ Parameters: [] });
    const said = await firstTicks(event('Update', { functions: { uqudo: FUNCTIONS.uqudo } }), {
      ...rest,
      now,
      wait,
    });
    expect(said).toBe('no report yet from uqudo');
    expect(now()).toBeLessThan(4 * 60_000);
  });

  it('goes on waiting where the role is not known everywhere yet', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    ssm
      .on(GetParametersByPathCommand)
      .rejectsOnce(Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' }))
      .resolves({ Parameters: [{ Name: `${PREFIX}/status/uqudo` }] });
    expect(await firstTicks(event('Create', { functions: { uqudo: FUNCTIONS.uqudo } }), world())).toBe(
      'every connection has reported',
    );
  });

  describe('at an update', () => {
    const parse = (payload: unknown) => parseAction(JSON.parse(String(payload)), 0);
    const answers = (outcome: string) => ({
      Payload: Buffer.from(JSON.stringify({ outcome })) as never,
    });
    const update = (configurations: object, before: object) => {
      ssm.on(GetParametersByPathCommand).resolves({
        Parameters: [{ Name: `${PREFIX}/status/uqudo` }, { Name: `${PREFIX}/status/igni-acme` }],
      });
      const given = event('Update', { functions: FUNCTIONS, configurations }, before);
      return firstTicks(given, world());
    };
    const demo = { uqudo: 'demo', 'igni-acme': 'demo' };

    it('ticks at once what is configured otherwise, and waits for that: its key may be deleted next', async () => {
      lambda.on(InvokeCommand).callsFake(() => {
        expect(ssm.calls()).toHaveLength(0);
        return answers('refreshed');
      });
      await update({ ...demo, uqudo: 'production' }, { configurations: demo });
      expect(lambda.commandCalls(InvokeCommand).map(({ args }) => args[0].input)).toEqual([
        expect.objectContaining({
          FunctionName: 'token-refresher-uqudo',
          InvocationType: 'RequestResponse',
        }),
      ]);
    });

    it('ticks again what failed, and forces it where it would wait for its next attempt', async () => {
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      lambda
        .on(InvokeCommand)
        .rejectsOnce(new Error('no'))
        .resolvesOnce({ FunctionError: 'Unhandled' })
        .resolvesOnce(answers('failed'))
        .resolves(answers('refreshed'));
      expect(await update({ ...demo, uqudo: 'production' }, { configurations: demo })).toBe(
        'every connection has reported',
      );
      const asked = lambda.commandCalls(InvokeCommand).map(({ args }) => parse(args[0].input.Payload));
      const tick = { action: 'tick' };
      const forced = expect.objectContaining({ action: 'refresh', force: true });
      expect(asked).toEqual([tick, tick, tick, forced]);
    });

    it.each(['paused', 'blocked', 'awaiting-credentials', 'reauthorization-required', 'fresh'])(
      'does not tick again what is %s: another tick would not change it',
      async (outcome) => {
        lambda.on(InvokeCommand).resolves(answers(outcome));
        expect(await update({ ...demo, uqudo: 'production' }, { configurations: demo })).toBe(
          'every connection has reported',
        );
        expect(lambda.calls()).toHaveLength(1);
      },
    );

    it('ends well where that tick goes on failing, and says whose token is the one before: a rollback could do no more', async () => {
      lambda.on(InvokeCommand).resolves({ FunctionError: 'Unhandled' });
      expect(await update({ ...demo, uqudo: 'production' }, { configurations: demo })).toBe(
        'configured otherwise and not refreshed yet: uqudo',
      );
      expect(lambda.calls().length).toBeLessThan(15);
    });

    it.each([
      ['nothing is configured otherwise', demo, { configurations: demo }],
      ['a connection is new', demo, { configurations: { uqudo: 'demo' } }],
      ['an older version deployed before', demo, {}],
    ])('ticks nothing where %s', async (_, configurations, before) => {
      await update(configurations, before);
      expect(lambda.calls()).toHaveLength(0);
    });
  });

  it('does not wait for what is being deleted', async () => {
    await firstTicks(event('Delete', { functions: { uqudo: FUNCTIONS.uqudo } }), world());
    expect(ssm.calls()).toHaveLength(0);
  });
});

describe('the answer to CloudFormation', () => {
  let server: Server;
  let received: { body: Record<string, unknown>; contentType: string | undefined }[];
  let status: number;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      received.push({ body: JSON.parse(await text(request)), contentType: request.headers['content-type'] });
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.close();
  });
  beforeEach(() => {
    received = [];
    status = 200;
    vi.spyOn(console, 'log').mockImplementation(() => {});
    vi.spyOn(console, 'error').mockImplementation(() => {});
  });

  const ask = (resource: () => Promise<string>, resourceType = 'Custom::Any') =>
    customResource({ 'Custom::Any': resource })({
      ...event('Create', {}),
      ResourceType: resourceType,
      ResponseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    });

  it('is success, without a content type, since the address is signed for none', async () => {
    await ask(async () => 'done');
    expect(received).toEqual([
      {
        body: {
          StackId: 'stack',
          RequestId: 'request',
          LogicalResourceId: 'Any',
          PhysicalResourceId: 'Any',
          Status: 'SUCCESS',
        },
        contentType: undefined,
      },
    ]);
  });

  it('is failure with its reason where the work failed', async () => {
    await ask(async () => {
      throw new Error('no such right');
    });
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: 'Error: no such right' });
  });

  it('is failure for a resource it does not know', async () => {
    await ask(async () => 'done', 'Custom::Other');
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: 'Error: unknown resource type Custom::Other',
    });
  });

  it('fails the invocation where it cannot be delivered, so that Lambda tries again', async () => {
    status = 500;
    await expect(ask(async () => 'done')).rejects.toThrow("CloudFormation's response address answered 500");
  });
});
