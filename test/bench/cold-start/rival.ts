import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import axios from 'axios';
import { ClientCredentials } from 'simple-oauth2';
import { z } from 'zod';

const secretsManager = new SecretsManagerClient({});
const ssm = new SSMClient({});
const credentialsSchema = z.object({ client_id: z.string(), client_secret: z.string() });

/** What such a refresher usually looks like: the runtime's own SDK, axios, simple-oauth2 and zod. */
export const handler = async (event: { secretId: string; parameter: string; host: string }) => {
  const secret = await secretsManager.send(new GetSecretValueCommand({ SecretId: event.secretId }));
  const { client_id, client_secret } = credentialsSchema.parse(JSON.parse(secret.SecretString ?? ''));
  const client = new ClientCredentials({
    client: { id: client_id, secret: client_secret },
    auth: { tokenHost: event.host },
  });
  const { token } = await client.getToken({});
  await ssm.send(new PutParameterCommand({ Name: event.parameter, Value: String(token['access_token']) }));
  await axios.post(event.host, { refreshed: true });
};
