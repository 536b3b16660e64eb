import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createLambdaFunction, type LambdaFunction } from '../../infra/local/lambda-function.ts';
import type { DeployedFunction, Surroundings } from '../../infra/local/lambda-process.ts';
import { serveProviders } from '../../infra/local/providers/server.ts';
import { everyProvider } from './providers/connections.ts';

const CODE = `
const { randomUUID } = require('node:crypto');
const processId = randomUUID();
let count = 0;
exports.counts = async (event) => ({ event, processId, count: ++count });
exports.context = async (event, context) => ({
  ...context, remaining: context.getRemainingTimeInMillis(), env: process.env, cwd: process.cwd(),
});
exports.throws = async () => { const error = new TypeError('it broke'); error.code = 'x'; throw error; };
exports.throwsText = async () => { throw 'text'; };
exports.hangs = async () => { await new Promise((resolve) => setTimeout(resolve, 1e9)); };
exports.exits = async ({ exit = true }) => { if (exit) process.exit(3); return { processId }; };
exports.loops = async () => { for (;;) {} };
exports.nothing = async () => undefined;
exports.logs = async () => { console.log('out'); console.error('err'); return null; };
exports.waits = async ({ ms }) => { await new Promise((resolve) => setTimeout(resolve, ms)); return processId; };
exports.text = 'no function';
exports.fetches = async ({ url }) => {
  try { await fetch(url); return 'reached'; } catch (error) { return error.cause.code; }
};
exports.asks = async ({ url }) => {
  const https = require('node:https');
  const ask = (agent) => new Promise((resolve) => {
    const sent = https.request(url, { method: 'POST', agent }, (got) => { got.resume(); resolve(got.statusCode); });
    sent.on('error', ({ code }) => resolve(code));
    sent.end();
  });
  const own = new https.Agent({ keepAlive: true });
  const answers = [await ask(undefined), await ask(false), await ask(own), await ask(own)];
  own.destroy();
  return [...answers, (await fetch(url, { method: 'POST' })).status];
};
exports.connects = async ({ host }) => new Promise((resolve) => {
  const socket = require('node:net').connect(443, host);
  socket.on('connect', () => { resolve('reached'); socket.destroy(); });
  socket.on('error', ({ code, address }) => resolve(code + ' ' + address));
});
`;

let directory = '';
const lines: string[] = [];
const around: Surroundings = {
  region: 'eu-west-1',
  awsEndpointUrl: 'http://127.0.0.1:9',
  credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unused' },
  providers: null,
  onLog: (line) => lines.push(line),
};
const started: LambdaFunction[] = [];
const create = (
  handler: string,
  more: Partial<DeployedFunction> = {},
  surroundings: Partial<Surroundings> = {},
) => {
  const created = createLambdaFunction(
    {
      name: 'probe',
      directory,
      handler,
      environment: { GIVEN: 'yes' },
      timeoutSeconds: 30,
      memoryMegabytes: 256,
      ...more,
    },
    { ...around, ...surroundings },
  );
  started.push(created);
  const invoke = async (event: object = {}) => {
    const { payload, functionError } = await created.invoke(JSON.stringify(event));
    return { functionError, answer: JSON.parse(payload) };
  };
  return { invoke, kill: created.kill };
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
  writeFileSync(join(directory, 'probe.js'), CODE);
  writeFileSync(join(directory, 'broken.js'), 'throw new RangeError("not today")');
});
afterEach(() => Promise.all(started.splice(0).map((each) => each.kill())));
afterAll(() => rmSync(directory, { recursive: true }));

describe('a function', () => {
  it('stays warm between invocations', async () => {
    const { invoke } = create('probe.counts');
    const first = await invoke({ a: 1 });
    const second = await invoke();
    expect(first).toMatchObject({ functionError: null, answer: { event: { a: 1 }, count: 1 } });
    expect(second.answer).toMatchObject({ processId: first.answer.processId, count: 2 });
  });

  it('runs overlapping invocations in processes of their own', async () => {
    const { invoke } = create('probe.waits');
    const [a, b] = await Promise.all([invoke({ ms: 200 }), invoke({ ms: 0 })]);
    expect(a.answer).not.toBe(b.answer);
  });

  it('sees the environment of its template and of Lambda, and nothing of this machine', async () => {
    process.env['LEAKED'] = 'from the parent';
    const { answer } = await create('probe.context').invoke();
    delete process.env['LEAKED'];
    expect(answer.env).toMatchObject({
      GIVEN: 'yes',
      AWS_REGION: 'eu-west-1',
      AWS_LAMBDA_FUNCTION_NAME: 'probe',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      _HANDLER: 'probe.context',
    });
    for (const name of ['LEAKED', 'HOME', 'NODE_OPTIONS', 'NODE_CHANNEL_FD']) {
      expect(answer.env).not.toHaveProperty(name);
    }
    expect(answer).toMatchObject({ functionName: 'probe', memoryLimitInMB: '256' });
    expect(answer.awsRequestId).toMatch(/^[\da-f-]{36}$/);
    expect(answer.remaining).toBeGreaterThan(0);
    expect(answer.remaining).toBeLessThanOrEqual(30_000);
  });

  it('answers null where the handler returns nothing', async () => {
    expect(await create('probe.nothing').invoke()).toEqual({ functionError: null, answer: null });
  });

  it('gives its output line by line', async () => {
    const { invoke, kill } = create('probe.logs');
    await invoke();
    await kill();
    await expect.poll(() => lines).toEqual(expect.arrayContaining(['out', 'err']));
  });
});

describe('a failure', () => {
  it('of the handler is answered with type, message and trace, and the process lives on', async () => {
    const { invoke } = create('probe.throws');
    const { functionError, answer } = await invoke();
    expect(functionError).toBe('Unhandled');
    expect(answer).toMatchObject({ errorType: 'TypeError', errorMessage: 'it broke' });
    expect(answer.trace[0]).toBe('TypeError: it broke');
    expect((await invoke()).answer).toMatchObject({ errorMessage: 'it broke' });
    expect((await create('probe.throwsText').invoke()).answer).toMatchObject({ errorMessage: 'text' });
  });

  it.each(['probe.hangs', 'probe.loops'])('to answer in time (%s) kills the process', async (handler) => {
    const { functionError, answer } = await create(handler, { timeoutSeconds: 0.2 }).invoke();
    expect(functionError).toBe('Unhandled');
    expect(answer.errorType).toBe('Sandbox.Timedout');
    expect(answer.errorMessage).toMatch(
      /^RequestId: [\da-f-]{36} Error: Task timed out after 0\.20 seconds$/,
    );
  });

  it('that ends the process is told, and the next invocation starts a new one', async () => {
    const { invoke } = create('probe.exits');
    const before = await invoke({ exit: false });
    expect((await invoke()).answer).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('exit status 3'),
    });
    const afterwards = await invoke({ exit: false });
    expect(afterwards.functionError).toBeNull();
    expect(afterwards.answer.processId).not.toBe(before.answer.processId);
  });

  it('to load is told', async () => {
    expect((await create('broken.handler').invoke()).answer).toMatchObject({ errorMessage: 'not today' });
    expect((await create('absent.handler').invoke()).answer).toMatchObject({
      errorType: 'Runtime.ImportModuleError',
    });
    expect((await create('probe.text').invoke()).answer).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
    });
  });

  it('from outside while it runs is told', async () => {
    const { invoke, kill } = create('probe.hangs');
    const running = invoke();
    await kill();
    expect((await running).answer).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringContaining('signal: killed'),
    });
  });
});

describe('the network', () => {
  it('ends at this machine', async () => {
    const { invoke } = create('probe.fetches');
    expect((await invoke({ url: 'https://example.com/' })).answer).toBe('ECONNREFUSED');
    expect((await invoke({ url: 'http://192.0.2.1/' })).answer).toBe('ECONNREFUSED');
    expect((await create('probe.connects').invoke({ host: '192.0.2.1' })).answer).toBe(
      'ECONNREFUSED 127.0.0.1',
    );
  });

  it('has the simulated providers under their real names, whatever agent is used', async () => {
    const providers = everyProvider();
    const served = await serveProviders(providers);
    const { invoke } = create('probe.asks', {}, { providers: served });
    const { answer } = await invoke({ url: 'https://auth.uqudo.io/api/oauth/token' });
    // 415: the request has no content type, which says that it arrived.
    expect(answer).toEqual([415, 415, 415, 415, 415]);
    expect(providers.requests.map(({ host }) => host)).toEqual(Array(5).fill('auth.uqudo.io'));
    const elsewhere = await invoke({ url: 'https://unknown.example.com/' }).catch(() => null);
    expect(elsewhere?.functionError).toBe('Unhandled');
    await served.close();
  });
});
