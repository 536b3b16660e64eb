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
  type SSMClient,
} from '@aws-sdk/client-ssm';
import type { Connection } from '../../functions/connection.ts';
import type { DeployedParameter } from './assembly.ts';
import type { ClientCredentials } from './providers/token-request.ts';

export interface Clients {
  readonly ssm: SSMClient;
  readonly secretsManager: SecretsManagerClient;
}

/** One connection's secret as it stands at the endpoint. */
export interface ProvisionedSecret {
  readonly arn: string;
  readonly credentials: ClientCredentials;
  readonly created: boolean;
}

/**
 * Creates a connection's secret where there is none and fills it in where it is empty. Credentials that are there
 * already are kept: the simulated provider is given them.
 */
export const provisionSecret = async (
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
  if (found !== null) return { arn, credentials: found, created: created !== null };
  const credentials = {
    client_id: `${connection}-${randomBytes(4).toString('hex')}`,
    client_secret: randomBytes(24).toString('base64'),
  };
  await secretsManager.send(
    new PutSecretValueCommand({ SecretId: arn, SecretString: JSON.stringify(credentials) }),
  );
  return { arn, credentials, created: created !== null };
};

/** Writes the parameters CloudFormation would make. */
export const provisionParameters = async (
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
export const missingParameters = async ({ ssm }: Clients, names: readonly string[]): Promise<string[]> => {
  const missing: string[] = [];
  for (const Names of inTens(names)) {
    const { InvalidParameters = [] } = await ssm.send(new GetParametersCommand({ Names }));
    missing.push(...InvalidParameters);
  }
  return missing;
};

/** Deletes what the sandbox has created, and nothing else. */
export const removeProvisioned = async (
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
