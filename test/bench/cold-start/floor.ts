import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';

const secretsManager = new SecretsManagerClient({});
const ssm = new SSMClient({});

/** The floor: nothing but the two clients, made when the module loads as handlers do, and the calls of a refresh. */
export const handler = async () => {
  await ssm.send(new GetParametersCommand({ Names: ['name'] }));
  await secretsManager.send(new GetSecretValueCommand({ SecretId: 'id' }));
  await ssm.send(new PutParameterCommand({ Name: 'name', Value: 'value' }));
};
