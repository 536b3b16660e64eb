import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import type { Connection } from '../../functions/connection.ts';
import { codesPathOf, slotOf } from '../../functions/connection.ts';
import { codes } from '../../functions/edges/codes.ts';
import { secretReader } from '../../functions/edges/credentials.ts';
import { parameters } from '../../functions/edges/parameters.ts';
import { tree } from '../../functions/edges/tree.ts';
import { RefreshError } from '../../functions/errors.ts';
import type { Answer } from '../../functions/event.ts';
import type { ExchangeEdges } from '../../functions/exchange-code.ts';
import type { ExchangeAnswer } from '../../functions/exchange-event.ts';
import { exchangeHandler } from '../../functions/exchange-handler.ts';
import type { Notice } from '../../functions/notice.ts';
import type { TokenHttpResponse } from '../../functions/oauth/send.ts';
import { parseStatus, type Status } from '../../functions/status.ts';
import { watchHandler } from '../../functions/watch-handler.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';

export const START = Date.parse('2030-01-01T00:00:00Z');
export const REDIRECT_URI = 'https://www.example.com/uae-pass/callback';
export const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

export const UAE_PASS: Connection = {
  connection: 'uae-pass',
  provider: 'uae-pass',
  settings: { redirectUris: [REDIRECT_URI] },
  secretArn: 'arn:aws:secretsmanager:eu-west-1:000000000000:secret:uae-pass',
  tokenParameter: '/token-refresher/tokens/uae-pass',
  statusParameter: '/token-refresher/status/uae-pass',
  codesPath: '/token-refresher/codes/uae-pass',
  keyArn: null,
  lifetimeSeconds: 3600,
  renewBeforeSeconds: 1800,
  tickSeconds: 120,
};

/** The answer of the token endpoint, or how the request failed. */
export type Wire = { status?: number; body?: unknown } | RefreshError;

/**
 * An exchange function and its watch against the sandbox's SSM and Secrets Manager, by real sockets and SDK clients.
 * Clock and token endpoint are under control; without a wire in `answers` the endpoint issues `token-1`, `token-2`, ….
 */
export const exchangeWorld = async (
  changes: Partial<Connection> = {},
  edges: Partial<ExchangeEdges> = {},
  secret: string | null = JSON.stringify({ client_id: 'the-client', client_secret: 'the-secret' }),
) => {
  const connection = { ...UAE_PASS, ...changes };
  const state = {
    now: START,
    answers: [] as Wire[],
    sent: [] as string[],
    waits: [] as number[],
    log: [] as string[],
    notices: [] as { notice: Notice; expiresAt: string | null; reason: string }[],
    calls: [] as { operation: string; resources: readonly string[] }[],
  };
  const endpoint = await startAwsEndpoint({
    place: { region: 'eu-west-1', account: '000000000000' },
    clock: () => state.now,
    onCall: ({ operation, resources }) => state.calls.push({ operation, resources }),
  });
  endpoint.secrets.create({ name: 'uae-pass' }, START);
  const config = {
    endpoint: endpoint.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unused' },
    maxAttempts: 1,
  };
  const ssm = new SSMClient(config);
  const secretsManager = new SecretsManagerClient(config);
  if (secret !== null) {
    await secretsManager.send(new PutSecretValueCommand({ SecretId: 'uae-pass', SecretString: secret }));
    state.calls.length = 0;
  }

  const capture = (line: string) => {
    state.log.push(line);
  };
  const console = {
    debug: capture,
    info: capture,
    warn: capture,
    error: capture,
    log: capture,
    trace: capture,
  };
  const logger = Object.assign(new Logger({ serviceName: 'token-refresher' }), { console });
  const metricsOf = () =>
    Object.assign(
      new Metrics({
        namespace: 'TokenRefresher',
        serviceName: 'token-refresher',
        defaultDimensions: { connection: connection.connection },
        logger: console,
      }),
      { console },
    );
  const slot = (subject: string | null) => parameters(() => ssm, slotOf(connection, subject));
  let runs = 0;
  const exchange = exchangeHandler({
    connection,
    edges: {
      slot,
      codes: codes(() => ssm, codesPathOf(connection)),
      readSecret: secretReader(() => secretsManager, 'uae-pass'),
      send: async (request): Promise<TokenHttpResponse> => {
        state.sent.push(request.body.toString());
        const wire = state.answers.shift() ?? {};
        if (wire instanceof RefreshError) throw wire;
        const issued = { access_token: `token-${state.sent.length}`, token_type: 'Bearer', expires_in: 3600 };
        const body = Buffer.from(JSON.stringify(wire.body ?? issued));
        return { status: wire.status ?? 200, retryAfter: null, body, sentAt: state.now };
      },
      now: () => state.now,
      // Never: how long a test takes is no part of it.
      timeout: () => new AbortController().signal,
      wait: async (ms) => {
        state.waits.push(ms);
        state.now += ms;
      },
      run: () => {
        runs += 1;
        return `run-${runs}`;
      },
      ...edges,
    },
    logger,
    metrics: metricsOf(),
  });
  const watch = watchHandler({
    connection,
    edges: {
      slot,
      tree: tree(() => ssm),
      notify: async (notice, _, { expiresAt }, reason) => {
        state.notices.push({ notice, expiresAt, reason });
      },
      now: () => state.now,
    },
    logger,
    metrics: metricsOf(),
  });
  const context = {
    awsRequestId: 'request-1',
    functionName: 'exchange',
    getRemainingTimeInMillis: () => 60_000,
  } as Context;
  const stored = (name: string) =>
    endpoint.parameters
      .all()
      .find((one) => one.name === name)
      ?.versions.at(-1) ?? null;

  return {
    connection,
    endpoint,
    ssm,
    state,
    exchange: (event: unknown): Promise<ExchangeAnswer> =>
      exchange(event, context) as Promise<ExchangeAnswer>,
    handIn: (code = 'a-code', more: object = {}): Promise<ExchangeAnswer> =>
      exchange({ code, redirectUri: REDIRECT_URI, ...more }, context) as Promise<ExchangeAnswer>,
    watch: (event: unknown = {}): Promise<Answer> => watch(event, context) as Promise<Answer>,
    advance: (seconds: number) => {
      state.now += seconds * 1000;
    },
    token: (subject: string | null = null) =>
      stored(slotOf(connection, subject).tokenParameter)?.value ?? null,
    status: (subject: string | null = null): Status | null =>
      parseStatus(stored(slotOf(connection, subject).statusParameter)?.value ?? ''),
    markers: () =>
      endpoint.parameters
        .all()
        .filter(({ name }) => name.startsWith(`${codesPathOf(connection)}/`))
        .map((one) => one.versions.at(-1)?.value ?? ''),
    /** Metric values emitted so far by EMF, oldest first, by name. */
    metrics: (name: string): unknown[] =>
      state.log
        .filter((line) => line.includes('_aws'))
        .map((line) => JSON.parse(line)[name])
        .filter((value) => value !== undefined),
    close: async () => {
      ssm.destroy();
      secretsManager.destroy();
      await endpoint.close();
    },
  };
};

export type ExchangeWorld = Awaited<ReturnType<typeof exchangeWorld>>;
