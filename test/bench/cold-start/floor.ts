import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** The floor: nothing but the two clients and the calls a refresh makes. */
export const handler = async () => {
  const [ssm, secretsManager] = [new SSMClient({}), new SecretsManagerClient({})];
  await secretsManager.send(new GetSecretValueCommand({ SecretId: 'id' }));
  await ssm.send(new GetParametersCommand({ Names: ['name'] }));
  await ssm.send(new PutParameterCommand({ Name: 'name', Value: 'value' }));
};
