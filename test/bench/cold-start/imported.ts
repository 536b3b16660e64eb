import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

/** The floor, but for making the clients, which it leaves to the first run. */
export const handler = async () => {
  const [ssm, secretsManager] = [new SSMClient({}), new SecretsManagerClient({})];
  await ssm.send(new GetParametersCommand({ Names: ['name'] }));
  await secretsManager.send(new GetSecretValueCommand({ SecretId: 'id' }));
  await ssm.send(new PutParameterCommand({ Name: 'name', Value: 'value' }));
};
