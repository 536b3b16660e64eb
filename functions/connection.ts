import { createHash } from 'node:crypto';
import { ConfigurationError } from './errors.ts';

/**
 * A provider with settings and credentials: what one refresh function keeps fresh. CDK writes it as JSON to the
 * function's `CONNECTION` environment variable; it holds names, never a secret.
 */
export interface Connection {
  readonly connection: string;
  readonly provider: string;
  /** The provider's own settings, checked again by `dialectOf`. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secretArn: string;
  readonly tokenParameter: string;
  readonly statusParameter: string;
  /** KMS key of the token parameter; null is the AWS-managed `alias/aws/ssm`. */
  readonly keyArn: string | null;
  readonly lifetimeSeconds: number;
  readonly renewBeforeSeconds: number;
  readonly tickSeconds: number;
  /** authorization_code only: `{prefix}/codes/{connection}`, where each code handed in leaves a marker. */
  readonly codesPath?: string;
}

/** `{prefix}/config/{connection}`: how operators, boards and readers find a connection. Made by CloudFormation. */
export interface ConnectionConfig {
  readonly provider: string;
  /** The provider's own; not there where the stack is from before it told them. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly functionName: string;
  readonly secretArn: string;
  readonly tokenParameter: string;
  readonly statusParameter: string;
  readonly keyArn: string | null;
  readonly lifetimeSeconds: number;
  readonly renewBeforeSeconds: number;
  readonly tickSeconds: number;
  /** How long a plain reader may keep a token it has read. */
  readonly safeCacheSeconds: number;
  /** authorization_code only: the function that takes a code. */
  readonly exchangeFunctionName?: string;
}

/**
 * Truncated SHA-256 of what a token is requested, stored and renewed with: provider, settings, secret, key and
 * renewBefore, in whatever order the settings are written.
 */
export const configurationOf = ({
  provider,
  settings,
  secretArn,
  keyArn,
  renewBeforeSeconds,
}: Pick<Connection, 'provider' | 'settings' | 'secretArn' | 'keyArn' | 'renewBeforeSeconds'>): string => {
  const sorted = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [two]) => (one < two ? -1 : 1)))
      : value;
  const text = JSON.stringify({ provider, settings, secretArn, keyArn, renewBeforeSeconds }, sorted);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
};

/** Where one token and its status are. */
export type Slot = Pick<Connection, 'tokenParameter' | 'statusParameter' | 'keyArn'>;

/** The parameters of a subject, one level below those of the connection; without a subject, the connection's own. */
export const slotOf = ({ tokenParameter, statusParameter, keyArn }: Slot, subject: string | null): Slot =>
  subject === null
    ? { tokenParameter, statusParameter, keyArn }
    : {
        tokenParameter: `${tokenParameter}/${subject}`,
        statusParameter: `${statusParameter}/${subject}`,
        keyArn,
      };

/** Connection names: they are part of parameter names, function names and metric dimensions. */
export const CONNECTION_NAME = /^[a-z][a-z0-9-]{0,39}$/;

const TEXT_FIELDS = ['connection', 'provider', 'secretArn', 'tokenParameter', 'statusParameter'] as const;
const SECONDS_FIELDS = ['lifetimeSeconds', 'renewBeforeSeconds', 'tickSeconds'] as const;

/** Where codes leave their markers. @throws ConfigurationError for a connection that was deployed without. */
export const codesPathOf = ({ codesPath }: Connection): string => {
  if (codesPath === undefined) {
    throw new ConfigurationError('CONNECTION.codesPath is missing: deploy this function with its construct');
  }
  return codesPath;
};

/** Reads the `CONNECTION` environment variable. @throws ConfigurationError naming the field. */
export const parseConnection = (value: string | undefined): Connection => {
  if (value === undefined || value === '') {
    throw new ConfigurationError(
      'the environment variable CONNECTION is missing: deploy this function with its construct',
    );
  }
  let found: unknown;
  try {
    found = JSON.parse(value);
  } catch {
    throw new ConfigurationError('the environment variable CONNECTION is not JSON');
  }
  if (typeof found !== 'object' || found === null) {
    throw new ConfigurationError('the environment variable CONNECTION is not a JSON object');
  }
  const fields = found as Readonly<Record<string, unknown>>;
  for (const name of TEXT_FIELDS) {
    if (typeof fields[name] !== 'string' || fields[name] === '') {
      throw new ConfigurationError(`CONNECTION.${name} must be a non-empty string`);
    }
  }
  for (const name of SECONDS_FIELDS) {
    if (typeof fields[name] !== 'number' || !(fields[name] > 0)) {
      throw new ConfigurationError(`CONNECTION.${name} must be a positive number of seconds`);
    }
  }
  const settings = fields['settings'];
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new ConfigurationError('CONNECTION.settings must be an object');
  }
  if (fields['keyArn'] !== null && typeof fields['keyArn'] !== 'string') {
    throw new ConfigurationError('CONNECTION.keyArn must be a key ARN or null');
  }
  const codesPath = fields['codesPath'];
  if (codesPath !== undefined && (typeof codesPath !== 'string' || !codesPath.startsWith('/'))) {
    throw new ConfigurationError('CONNECTION.codesPath must be a parameter path that starts with "/"');
  }
  return found as Connection;
};
