import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';

/** The SDK's clients for one endpoint. */
export interface Clients {
  readonly ssm: SSMClient;
  readonly secrets: SecretsManagerClient;
}

export const PLACE = { region: 'eu-central-1', account: '123456789012' };

export const clientsFor = (endpoint: string): Clients => {
  const config = {
    endpoint,
    region: PLACE.region,
    credentials: { accessKeyId: 'AKIATEST', secretAccessKey: 'unused' },
    maxAttempts: 1,
  };
  return { ssm: new SSMClient(config), secrets: new SecretsManagerClient(config) };
};

/** An answer without what differs by nature, or the name of the error. */
export const outcome = async <T>(answer: Promise<T>, pick: (answer: T) => unknown): Promise<unknown> => {
  try {
    return pick(await answer);
  } catch (error) {
    return error instanceof Error ? error.name : 'unknown';
  }
};
