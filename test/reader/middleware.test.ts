import { inspect } from 'node:util';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  createGetToken,
  type GetToken,
  type TokensInContext,
  tokenMiddleware,
} from '../../functions/reader/index.ts';
import { createTokenStore } from './token-store.ts';

const LATER = Date.now() + 86_400_000;
/** A context as Lambda makes it; its type is that of a handler behind the middleware. */
const lambdaContext = <Connection extends string>() =>
  ({ awsRequestId: 'request-1', functionName: 'consumer' }) as Context & TokensInContext<Connection>;

let store: ReturnType<typeof createTokenStore>;
let getToken: GetToken;

beforeEach(() => {
  store = createTokenStore();
  store.write('uqudo', 'token-uqudo', LATER);
  store.write('igni-acme', 'token-igni', LATER);
  getToken = createGetToken({ client: store.client });
});

describe('the middleware', () => {
  test('puts the tokens of its connections into the context, typed by name', async () => {
    const handler = middy()
      .use(tokenMiddleware(['uqudo', 'igni-acme'], { getToken }))
      .handler(async (_event: unknown, { awsRequestId, tokens }) => [
        awsRequestId,
        tokens.uqudo,
        tokens['igni-acme'],
        // @ts-expect-error a connection that was not asked for
        tokens.nobody,
      ]);
    expect(await handler({}, lambdaContext())).toEqual(['request-1', 'token-uqudo', 'token-igni', undefined]);
  });

  test('takes one name, and a handler that types its own context', async () => {
    const handler = middy<{ id: number }, string, Error, Context & TokensInContext<'uqudo'>>()
      .use(tokenMiddleware('uqudo', { getToken }))
      .handler(async ({ id }, { tokens }) => `${id} ${tokens.uqudo}`);
    expect(await handler({ id: 7 }, lambdaContext())).toBe('7 token-uqudo');
  });

  test('reads once for many invocations, and the newer token when there is one', async () => {
    let now = Date.now();
    getToken = createGetToken({ client: store.client, now: () => now });
    const handler = middy()
      .use(tokenMiddleware('uqudo', { getToken }))
      .handler(async (_event: unknown, { tokens }) => tokens.uqudo);
    await handler({}, lambdaContext());
    store.write('uqudo', 'token-newer', LATER);
    expect(await handler({}, lambdaContext())).toBe('token-uqudo');
    expect(store.reads).toHaveLength(1);
    now += 300_000;
    expect(await handler({}, lambdaContext())).toBe('token-newer');
  });

  test('serves a context that is used again', async () => {
    const handler = middy()
      .use(tokenMiddleware('uqudo', { getToken }))
      .handler(async (_event: unknown, { tokens }) => tokens.uqudo);
    const context = lambdaContext<'uqudo'>();
    await handler({}, context);
    expect(await handler({}, context)).toBe('token-uqudo');
  });

  test('shows no token to whoever logs the context', async () => {
    const context = lambdaContext<'uqudo'>();
    await tokenMiddleware('uqudo', { getToken }).before({ context });
    expect(context).toHaveProperty('tokens.uqudo', 'token-uqudo');
    expect(JSON.stringify(context) + inspect(context) + JSON.stringify({ ...context })).not.toContain(
      'token-uqudo',
    );
  });

  test('fails the invocation where there is no token', async () => {
    const handler = middy()
      .use(tokenMiddleware('nobody', { getToken }))
      .handler(async () => 'never');
    await expect(handler({}, lambdaContext())).rejects.toMatchObject({ code: 'token_missing' });
  });
});
