import type { Lambda } from '@aws-sdk/client-lambda';
import type { SecretsManager } from '@aws-sdk/client-secrets-manager';
import type { SSM } from '@aws-sdk/client-ssm';
import { once } from '../../functions/edges/aws.ts';
import { parseStatus, type Status } from '../../functions/status.ts';
import { type Found, parseConfig } from './config.ts';
import { invocationFailure, nothingFound } from './errors.ts';

/** Where to look, from the command line. */
export interface Place {
  readonly prefix: string;
  readonly region?: string;
  readonly profile?: string;
  /** Told of each AWS call, without its input or output. */
  readonly trace?: (line: string) => void;
}

/** One version of a secret, without its value. */
export interface SecretVersionAge {
  readonly version: string;
  readonly stages: readonly string[];
  readonly createdAt: Date | null;
}

/** What the command line does in AWS. */
export interface Aws {
  /** Every connection under the prefix, by name. @throws OpsError where there is none */
  readonly connections: () => Promise<readonly Found[]>;
  /** In the order asked for; null where a connection has no status yet. Needs no right to decrypt. */
  readonly statuses: (found: readonly Found[]) => Promise<readonly (Status | null)[]>;
  /** Invokes a function and answers what it answered. @throws OpsError where the function failed */
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  /** The same, sent once whatever happens: for an event that must not arrive twice. */
  readonly invokeOnce: (functionName: string, event: unknown) => Promise<unknown>;
  readonly secretVersions: (secretArn: string) => Promise<readonly SecretVersionAge[]>;
  /** Makes the text the current value of a secret. Answers the new version's id. */
  readonly putSecret: (secretArn: string, text: string) => Promise<string>;
}

/** Longer than a refresh function may run (60 s). */
export const INVOKE_TIMEOUT_MS = 70_000;
const NAMES_PER_CALL = 10;

/** The SDK is loaded by the first call that needs it: `--help` and `try` need none. */
export const aws = ({ prefix, region, profile, trace }: Place): Aws => {
  const config = (requestTimeout: number, maxAttempts: number) => ({
    ...(region === undefined ? {} : { region }),
    ...(profile === undefined ? {} : { profile }),
    maxAttempts,
    requestHandler: { connectionTimeout: 3000, requestTimeout, throwOnRequestTimeout: true },
  });
  const ssm = once(async () => {
    const { SSM } = await import('@aws-sdk/client-ssm');
    return traced(new SSM(config(10_000, 5)), trace);
  });
  const secretsManager = once(async () => {
    const { SecretsManager } = await import('@aws-sdk/client-secrets-manager');
    return traced(new SecretsManager(config(10_000, 5)), trace);
  });
  const lambda = once(async () => {
    const { Lambda } = await import('@aws-sdk/client-lambda');
    return traced(new Lambda(config(INVOKE_TIMEOUT_MS, 4)), trace);
  });
  const lambdaOnce = once(async () => {
    const { Lambda } = await import('@aws-sdk/client-lambda');
    return traced(new Lambda(config(INVOKE_TIMEOUT_MS, 1)), trace);
  });

  return {
    async connections() {
      const client = await ssm();
      const found: Found[] = [];
      let NextToken: string | undefined;
      do {
        const page = await client.getParametersByPath({ Path: `${prefix}/config`, NextToken });
        for (const { Name = '', Value = '' } of page.Parameters ?? []) found.push(parseConfig(Name, Value));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      if (found.length === 0) throw nothingFound(prefix, await client.config.region());
      return found.sort((a, b) => a.connection.localeCompare(b.connection));
    },

    async statuses(found) {
      const client = await ssm();
      const names = found.map(({ statusParameter }) => statusParameter);
      const values = new Map<string, string>();
      for (let at = 0; at < names.length; at += NAMES_PER_CALL) {
        const { Parameters = [] } = await client.getParameters({
          Names: names.slice(at, at + NAMES_PER_CALL),
        });
        for (const { Name = '', Value = '' } of Parameters) values.set(Name, Value);
      }
      return names.map((name) => parseStatus(values.get(name) ?? ''));
    },

    invoke: async (functionName, event) => answered(await lambda(), functionName, event),
    invokeOnce: async (functionName, event) => answered(await lambdaOnce(), functionName, event),

    async secretVersions(secretArn) {
      const client = await secretsManager();
      const { Versions = [] } = await client.listSecretVersionIds({ SecretId: secretArn });
      return Versions.map(({ VersionId = '', VersionStages = [], CreatedDate = null }) => ({
        version: VersionId,
        stages: VersionStages,
        createdAt: CreatedDate,
      }));
    },

    async putSecret(secretArn, SecretString) {
      const client = await secretsManager();
      const { VersionId = '' } = await client.putSecretValue({ SecretId: secretArn, SecretString });
      return VersionId;
    },
  };
};

const answered = async (client: Lambda, functionName: string, event: unknown): Promise<unknown> => {
  const { FunctionError, Payload } = await client.invoke({
    FunctionName: functionName,
    InvocationType: 'RequestResponse',
    Payload: JSON.stringify(event),
  });
  const text = Payload?.transformToString() ?? '';
  const answer: unknown = text === '' ? null : JSON.parse(text);
  if (FunctionError !== undefined) throw invocationFailure(functionName, answer);
  return answer;
};

const traced = <Client extends SSM | SecretsManager | Lambda>(
  client: Client,
  trace: Place['trace'],
): Client => {
  if (trace === undefined) return client;
  // One kind of stack stands for the three: this step sees no input.
  (client as SSM).middlewareStack.add(
    (next, context) => async (args) => {
      const startedAt = performance.now();
      const call = `${context.clientName ?? ''} ${context.commandName ?? ''}`;
      const took = () => `${Math.round(performance.now() - startedAt)} ms`;
      try {
        const result = await next(args);
        trace(`${call}: ${took()}, request ${result.output.$metadata.requestId ?? 'without id'}`);
        return result;
      } catch (error) {
        trace(`${call}: ${took()}, ${error instanceof Error ? error.name : 'failed'}`);
        throw error;
      }
    },
    { step: 'initialize', name: 'trace' },
  );
  return client;
};
