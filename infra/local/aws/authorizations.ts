import type { Authorization } from '../rights.ts';
import { AwsError } from './aws-error.ts';
import { type Place, parameterArn, parseReference } from './parameter-rules.ts';
import type { ParameterStore } from './parameter-store.ts';
import type { Called } from './request.ts';
import { type SecretStore, secretArn } from './secret-store.ts';

/** What a call is judged by. */
export interface Stored {
  readonly place: Place;
  readonly parameters: ParameterStore;
  readonly secrets: SecretStore;
}

const STANDARD_BYTES = 4096;

/** Everything IAM has to allow for a call, KMS included where a customer's key is used. */
export const authorizationsOf = (called: Called, stored: Stored): Authorization[] => {
  const { service, operation, input, summary } = called;
  if (service === 'lambda') {
    const { region, account } = stored.place;
    const resource = `arn:aws:lambda:${region}:${account}:function:${operation}`;
    return [{ action: 'lambda:InvokeFunction', resource, context: {} }];
  }
  const action = `${service}:${operation}`;
  if (service === 'secretsmanager') {
    return summary.resources.map((id) => ({ action, resource: arnOfSecret(id, stored), context: {} }));
  }
  if (service === 'events') {
    const { region, account } = stored.place;
    const resource = `arn:aws:events:${region}:${account}:event-bus/default`;
    return summary.resources.map((source) => ({ action, resource, context: { 'events:source': source } }));
  }
  const named = summary.resources.map((reference) => nameOf(reference, stored));
  const calls = named.map((name) => ({ action, resource: parameterArn(stored.place, name), context: {} }));
  const keys =
    operation === 'PutParameter' && input['Type'] === 'SecureString'
      ? named.map((name) => encryption(name, String(input['KeyId'] ?? ''), String(input['Value']), stored))
      : input['WithDecryption'] === true
        ? named.map((name) => decryption(name, stored))
        : [];
  return [...calls, ...keys.filter((each) => each !== null)];
};

const arnOfSecret = (id: string, { secrets, place }: Stored): string => {
  try {
    return secrets.find(id).arn;
  } catch {
    return id.startsWith('arn:') ? id : secretArn(place, id);
  }
};

const nameOf = (reference: string, { parameters }: Stored): string => {
  const [first = reference, ...rest] = parseReference(reference).names;
  return [first, ...rest].find((name) => keyOf(name, parameters) !== undefined) ?? first;
};

/** The key a parameter is encrypted with; null where it is not, undefined where there is no such parameter. */
const keyOf = (name: string, parameters: ParameterStore): string | null | undefined => {
  try {
    return parameters.get(name).version.keyId;
  } catch {
    return undefined;
  }
};

const isCustomerKey = (key: string | null | undefined): key is string => key?.includes(':key/') === true;

const withKey = (action: string, key: string, name: string, place: Place): Authorization => ({
  action,
  resource: key,
  context: {
    'kms:EncryptionContext:PARAMETER_ARN': parameterArn(place, name),
    'kms:ViaService': `ssm.${place.region}.amazonaws.com`,
  },
});

// Standard parameters are encrypted by KMS itself, advanced ones with a data key.
const encryption = (name: string, key: string, value: string, { place }: Stored): Authorization | null =>
  isCustomerKey(key)
    ? withKey(
        Buffer.byteLength(value) > STANDARD_BYTES ? 'kms:GenerateDataKey' : 'kms:Encrypt',
        key,
        name,
        place,
      )
    : null;

const decryption = (name: string, { parameters, place }: Stored): Authorization | null => {
  const key = keyOf(name, parameters);
  return isCustomerKey(key) ? withKey('kms:Decrypt', key, name, place) : null;
};

/** @throws AwsError AccessDeniedException for the first that is not allowed */
export const authorize = (
  who: string,
  authorizations: readonly Authorization[],
  allowed: (authorization: Authorization) => boolean,
  { account }: Place,
): void => {
  const refused = authorizations.find((each) => !allowed(each));
  if (refused === undefined) return;
  const { action, resource } = refused;
  throw new AwsError(
    'AccessDeniedException',
    `User: arn:aws:sts::${account}:assumed-role/${who} is not authorized to perform: ${action} on resource: ` +
      `${resource} because no identity-based policy allows the ${action} action`,
  );
};
