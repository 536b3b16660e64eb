import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { RefreshError } from '../errors.ts';
import type { Credentials } from '../oauth/client-authentication.ts';
import { nameOf, sendOptions } from './aws.ts';

export type SecretStage = 'AWSCURRENT' | 'AWSPREVIOUS';

/** One version of a connection's secret. */
export interface SecretVersion {
  /** Secrets Manager's version id. */
  readonly version: string;
  readonly stage: SecretStage;
  /** The version's text, to be read with `parseCredentials`; null where it is binary. */
  readonly text: string | null;
}

export type ReadSecret = (stage: SecretStage, signal?: AbortSignal) => Promise<SecretVersion | null>;

/**
 * Reads a stage of one secret; null where it has no such version. Takes a function that gives the client,
 * since most runs need none.
 *
 * @throws RefreshError `credentials_missing` where there is no such secret, `secret_unreadable`
 */
export const secretReader =
  (client: () => SecretsManagerClient, secretArn: string): ReadSecret =>
  async (stage, signal) => {
    try {
      const found = await client().send(
        new GetSecretValueCommand({ SecretId: secretArn, VersionStage: stage }),
        sendOptions(signal),
      );
      const { VersionId = '', SecretString, SecretBinary } = found;
      return { version: VersionId, stage, text: SecretString ?? (SecretBinary === undefined ? '' : null) };
    } catch (cause) {
      const name = nameOf(cause);
      // A secret without this stage is this error too, and tells so: a secret nobody has filled in yet is no fault.
      if (name === 'ResourceNotFoundException' && !/find the specified secret\.?$/.test(messageOf(cause))) {
        return null;
      }
      if (name === 'ResourceNotFoundException') {
        throw new RefreshError(
          'credentials_missing',
          'the secret does not exist: restore it, or correct the ARN and deploy',
        );
      }
      // No cause: the SDK hangs the response on its errors, and what cannot be parsed is quoted.
      throw new RefreshError('secret_unreadable', `the secret could not be read (${name})`);
    }
  };

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : '');

const SHAPE = '{"client_id":"…","client_secret":"…"}';

/**
 * Credentials from a secret's text.
 *
 * @throws RefreshError `credentials_empty` where nobody has filled the secret in yet; `credentials_invalid`, naming the
 *   field and never its value, where it is filled in wrongly
 */
export const parseCredentials = (text: string | null): Credentials => {
  if (text === null) throw invalid(`the secret is binary: write it as text: ${SHAPE}`);
  if (text.trim() === '') throw empty();
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    // No cause: a JSON error quotes the text.
    throw invalid(`the secret is not JSON: write ${SHAPE}`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) {
    throw invalid(`the secret is not a JSON object: write ${SHAPE}`);
  }
  const fields = found as Readonly<Record<string, unknown>>;
  const names = ['client_id', 'client_secret'] as const;
  if (names.every((name) => fields[name] === undefined || fields[name] === '')) throw empty();
  for (const name of names) {
    const value = fields[name];
    if (value === undefined || value === '') throw invalid(`the secret has no ${name}: write ${SHAPE}`);
    if (typeof value !== 'string') throw invalid(`${name} in the secret is not a string: write ${SHAPE}`);
    if (value !== value.trim())
      throw invalid(`${name} in the secret begins or ends with white space: remove it`);
  }
  return { client_id: fields['client_id'] as string, client_secret: fields['client_secret'] as string };
};

const empty = () => new RefreshError('credentials_empty', `the secret is empty: write ${SHAPE}`);
const invalid = (message: string) => new RefreshError('credentials_invalid', message);
