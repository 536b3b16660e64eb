import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Context } from 'aws-lambda';
import { mockClient } from 'aws-sdk-client-mock';
import type { Connection } from '../functions/connection.ts';
import { secretReader } from '../functions/edges/credentials.ts';
import { parameters } from '../functions/edges/parameters.ts';
import type { Answer } from '../functions/event.ts';
import type { Send } from '../functions/oauth/send.ts';
import { refreshHandler } from '../functions/refresh-handler.ts';
import { parseStatus, type Status, serializeStatus } from '../functions/status.ts';
import { CONNECTION } from './connection.ts';

export const START = Date.parse('2030-01-01T00:00:00Z');

export const CREDENTIALS = JSON.stringify({ client_id: 'the-client', client_secret: 'the-secret' });

/** The answer of a token endpoint, or the error of a request. */
export type Wire = { status?: number; body?: unknown; retryAfter?: string } | Error;

/** A refresh function with everything around it under control: clock, provider, secret, parameters. */
export const world = (changes: Partial<Connection> = {}) => {
  const connection = { ...CONNECTION, ...changes };
  const ssm = mockClient(SSMClient);
  const secretsManager = mockClient(SecretsManagerClient);
  const clients = { ssm: 0, secretsManager: 0 };
  const state = {
    now: START,
    token: null as string | null,
    versions: new Map<string, number>(),
    values: new Map<string, string>(),
    secrets: { AWSCURRENT: { version: 'v1', text: CREDENTIALS } } as Record<
      string,
      { version: string; text: string }
    >,
    answers: [] as Wire[],
    /** Runs once, while a token request is under way. */
    beforeTokenRequest: null as (() => void) | null,
    sent: [] as URLSearchParams[],
    waits: [] as number[],
    log: [] as string[],
  };

  ssm.on(GetParametersCommand).callsFake(({ Names }: { Names: string[] }) => ({
    Parameters: Names.filter((name) => state.values.has(name)).map((selector) => {
      const [Name = '', version] = selector.split(':');
      return {
        Name,
        Value: state.values.get(selector),
        Version: Number(version ?? state.versions.get(Name)),
      };
    }),
  }));
  ssm.on(PutParameterCommand).callsFake(({ Name, Value }: { Name: string; Value: string }) => {
    const version = (state.versions.get(Name) ?? 0) + 1;
    state.versions.set(Name, version);
    state.values.set(Name, Value);
    state.values.set(`${Name}:${version}`, Value);
    return { Version: version };
  });
  secretsManager.on(GetSecretValueCommand).callsFake(({ VersionStage }: { VersionStage: string }) => {
    const found = state.secrets[VersionStage];
    if (found === undefined) {
      const message = `Secrets Manager can't find the specified secret value for staging label: ${VersionStage}`;
      throw new ResourceNotFoundException({ message, $metadata: {} });
    }
    return { VersionId: found.version, SecretString: found.text };
  });

  const send: Send = async (request) => {
    state.beforeTokenRequest?.();
    state.beforeTokenRequest = null;
    state.sent.push(new URLSearchParams(request.body.toString()));
    const wire = state.answers.shift() ?? {};
    if (wire instanceof Error) throw wire;
    const body = wire.body ?? {
      access_token: `token-${state.sent.length}`,
      token_type: 'bearer',
      expires_in: 1800,
    };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return {
      status: wire.status ?? 200,
      retryAfter: wire.retryAfter ?? null,
      body: Buffer.from(text),
      sentAt: state.now,
    };
  };

  const logger = new Logger({ serviceName: 'token-refresher' });
  const capture = (line: string) => {
    state.log.push(line);
  };
  Object.assign(logger, {
    console: { debug: capture, info: capture, warn: capture, error: capture, log: capture, trace: capture },
  });
  const metrics = new Metrics({
    namespace: 'TokenRefresher',
    serviceName: 'token-refresher',
    defaultDimensions: { connection: connection.connection },
    logger: { debug: capture, info: capture, warn: capture, error: capture },
  });
  Object.assign(metrics, { console: { log: capture } });

  const deployed = (connection: Connection) =>
    refreshHandler({
      connection,
      edges: {
        parameters: parameters(() => {
          clients.ssm += 1;
          return new SSMClient({});
        }, connection),
        readSecret: secretReader(() => {
          clients.secretsManager += 1;
          return new SecretsManagerClient({});
        }, connection.secretArn),
        send,
        now: () => state.now,
        wait: async (ms) => {
          state.waits.push(ms);
        },
        random: () => 0.5,
      },
      logger,
      metrics,
    });
  let handler = deployed(connection);

  return {
    connection,
    state,
    clients,
    ssm,
    secretsManager,
    tick: (event: unknown = {}): Promise<Answer> =>
      handler(event, {
        awsRequestId: 'request-1',
        functionName: 'refresh-uqudo',
        getRemainingTimeInMillis: () => 60_000,
      } as Context) as Promise<Answer>,
    /** Another configuration of the same connection, from now on. */
    deploy: (changes: Partial<Connection>) => {
      handler = deployed({ ...connection, ...changes });
    },
    advance: (seconds: number) => {
      state.now += seconds * 1000;
    },
    token: () => state.values.get(connection.tokenParameter) ?? null,
    status: (): Status => {
      const found = parseStatus(state.values.get(connection.statusParameter) ?? '');
      if (found === null) throw new Error('there is no status');
      return found;
    },
    setToken: (value: string) => {
      const name = connection.tokenParameter;
      state.versions.set(name, (state.versions.get(name) ?? 0) + 1);
      state.values.set(name, value);
    },
    setStatus: (status: Status) => {
      const name = connection.statusParameter;
      const version = (state.versions.get(name) ?? 0) + 1;
      state.versions.set(name, version);
      state.values.set(name, serializeStatus(status));
      state.values.set(`${name}:${version}`, serializeStatus(status));
    },
    /** SSM and Secrets Manager calls so far, by operation. */
    calls: () => ({
      GetParameters: ssm.commandCalls(GetParametersCommand).length,
      PutParameter: ssm.commandCalls(PutParameterCommand).length,
      GetSecretValue: secretsManager.commandCalls(GetSecretValueCommand).length,
      token: state.sent.length,
    }),
    /** Metrics emitted so far by EMF, by name. */
    metrics: () =>
      Object.assign(
        {},
        ...state.log.filter((line) => line.includes('_aws')).map((line) => JSON.parse(line)),
      ) as Record<string, unknown>,
  };
};
