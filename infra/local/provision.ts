import { randomBytes } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import {
  DeleteParametersCommand,
  GetParametersCommand,
  PutParameterCommand,
  paginateGetParametersByPath,
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Connection } from '../../functions/connection.ts';
import type { Assembly, DeployedParameter } from './assembly.ts';
import type { ClientCredentials } from './providers/token-request.ts';
import { faster } from './speed.ts';

export interface Clients {
  readonly ssm: SSMClient;
  readonly secretsManager: SecretsManagerClient;
}

export interface Provisioned {
  /** By connection. */
  readonly credentials: ReadonlyMap<string, ClientCredentials>;
  /** A text of the template (environment, parameter) as it is at this endpoint and speed. */
  readonly adapted: (text: string) => string;
  /** Deletes what was created, and nothing else. */
  readonly remove: () => Promise<void>;
}

/**
 * Makes what CloudFormation would make for these connections: secrets, here filled in, and config parameters.
 *
 * @param keys whether the endpoint has the stack's KMS key; any other endpoint encrypts with its own
 */
export const provision = async (
  clients: Clients,
  assembly: Pick<Assembly, 'parameters' | 'secrets'>,
  connections: readonly Connection[],
  { speed, keys }: { speed: number; keys: boolean },
): Promise<Provisioned> => {
  const parameters = assembly.parameters.filter(({ name }) =>
    connections.some(({ connection }) => name.endsWith(`/${connection}`)),
  );
  const made = await missingParameters(clients, [
    ...parameters.map(({ name }) => name),
    ...connections.flatMap(({ tokenParameter, statusParameter }) => [tokenParameter, statusParameter]),
  ]);
  const before = new Set(await parametersBelow(clients, connections));
  const secrets = await Promise.all(
    connections.map((connection) =>
      provisionSecret(clients, connection, assembly.secrets[connection.secretArn]),
    ),
  );
  const adapted = (text: string): string => {
    const located = secrets.reduce((all, { templateArn, arn }) => all.replaceAll(templateArn, arn), text);
    return faster(keys ? located : located.replace(/"keyArn":"[^"]*"/, '"keyArn":null'), speed);
  };
  await provisionParameters(
    clients,
    parameters.map(({ name, value }) => ({ name, value: adapted(value) })),
  );
  return {
    credentials: new Map(secrets.map(({ connection, credentials }) => [connection, credentials])),
    adapted,
    remove: async () => {
      const below = (await parametersBelow(clients, connections)).filter((name) => !before.has(name));
      await removeProvisioned(clients, {
        parameters: [...made, ...below],
        secrets: secrets.filter(({ created }) => created).map(({ arn }) => arn),
      });
    },
  };
};

/** One connection's secret as it stands at the endpoint. */
interface ProvisionedSecret {
  readonly connection: string;
  readonly templateArn: string;
  readonly arn: string;
  readonly credentials: ClientCredentials;
  readonly created: boolean;
}

/**
 * Creates a connection's secret where there is none and fills it in where it is empty. Credentials that are there
 * already are kept: the simulated provider is given them.
 */
const provisionSecret = async (
  { secretsManager }: Clients,
  { connection, secretArn }: Connection,
  name = /:secret:(.+)-.{6}$/.exec(secretArn)?.[1] ?? secretArn,
): Promise<ProvisionedSecret> => {
  const existing = await unlessMissing(secretsManager.send(new DescribeSecretCommand({ SecretId: name })));
  const created =
    existing === null
      ? await secretsManager.send(new CreateSecretCommand({ Name: name, Description: 'Made by the sandbox' }))
      : null;
  const arn = existing?.ARN ?? created?.ARN ?? secretArn;
  const value = await unlessMissing(secretsManager.send(new GetSecretValueCommand({ SecretId: arn })));
  const found = credentialsIn(value?.SecretString);
  const provisioned = { connection, templateArn: secretArn, arn, created: created !== null };
  if (found !== null) return { ...provisioned, credentials: found };
  const credentials = {
    client_id: `${connection}-${randomBytes(4).toString('hex')}`,
    client_secret: randomBytes(24).toString('base64'),
  };
  await secretsManager.send(
    new PutSecretValueCommand({ SecretId: arn, SecretString: JSON.stringify(credentials) }),
  );
  return { ...provisioned, credentials };
};

/** Writes the parameters CloudFormation would make. */
const provisionParameters = async (
  { ssm }: Clients,
  parameters: readonly DeployedParameter[],
): Promise<void> => {
  for (const { name, value } of parameters) {
    await ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: 'String', Overwrite: true }));
  }
};

/** SSM takes ten names at a time. */
export const inTens = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: Math.ceil(items.length / 10) }, (_, n) => items.slice(n * 10, n * 10 + 10));

/** Those of these parameters that do not exist. */
const missingParameters = async ({ ssm }: Clients, names: readonly string[]): Promise<string[]> => {
  const missing: string[] = [];
  for (const Names of inTens(names)) {
    const { InvalidParameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
    missing.push(...InvalidParameters);
  }
  return missing;
};

/** What the exchange of codes leaves below connections: tokens and statuses of subjects, markers of codes. */
const parametersBelow = async ({ ssm }: Clients, connections: readonly Connection[]): Promise<string[]> => {
  const names: string[] = [];
  for (const { tokenParameter, statusParameter, codesPath } of connections) {
    if (codesPath === undefined) continue;
    for (const Path of [tokenParameter, statusParameter, codesPath]) {
      for await (const { Parameters = [] } of paginateGetParametersByPath({ client: ssm }, { Path })) {
        names.push(...Parameters.flatMap(({ Name }) => Name ?? []));
      }
    }
  }
  return names;
};

/** Deletes what the sandbox has created, and nothing else. */
const removeProvisioned = async (
  { ssm, secretsManager }: Clients,
  { parameters, secrets }: { parameters: readonly string[]; secrets: readonly string[] },
): Promise<void> => {
  for (const Names of inTens(parameters)) await ssm.send(new DeleteParametersCommand({ Names }));
  for (const SecretId of secrets) {
    await secretsManager.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
  }
};

const unlessMissing = async <T>(answer: Promise<T>): Promise<T | null> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return null;
    throw error;
  }
};

const credentialsIn = (text: string | undefined): ClientCredentials | null => {
  try {
    const { client_id, client_secret } = JSON.parse(text ?? '') as Partial<ClientCredentials>;
    return client_id && client_secret ? { client_id, client_secret } : null;
  } catch {
    return null;
  }
};
