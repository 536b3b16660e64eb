import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/** The floor: nothing but the two clients. */
export const handler = async () => [new SSMClient({}), new SecretsManagerClient({})].length;
