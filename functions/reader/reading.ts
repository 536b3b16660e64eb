import type { GetParametersCommandInput, Parameter } from '@aws-sdk/client-ssm';
import { TokenError } from './token-error.ts';

/** What is read of a parameter. */
export type ReadParameter = Pick<Parameter, 'Name' | 'Value' | 'Version'>;

/** A token as it was read. */
export interface Reading {
  readonly token: string;
  /** SSM version of the token parameter. */
  readonly version: number | undefined;
  /** Milliseconds since the epoch; undefined while no status tells it. */
  readonly expiresAt: number | undefined;
}

/** `connection`, or `connection/subject` where each person has a token of their own. */
const NAME = /^[a-z][a-z0-9-]{0,39}(\/[\w-]{1,64})?$/;
const PREFIX = /^(\/[\w.-]+)+$/;

/** The one request that reads a token together with its status. @throws TokenError `invalid_argument` */
export const requestFor = (connection: string, prefix: string) => {
  if (!NAME.test(connection)) {
    throw new TokenError('invalid_argument', 'the connection must be a name such as "uqudo" or "igni-acme"');
  }
  if (!PREFIX.test(prefix)) {
    throw new TokenError('invalid_argument', 'the prefix must be a path such as "/token-refresher"');
  }
  return {
    Names: [`${prefix}/tokens/${connection}`, `${prefix}/status/${connection}`],
    WithDecryption: true,
  } satisfies GetParametersCommandInput;
};

interface StatusFields {
  readonly tokenVersion?: unknown;
  readonly expiresAt?: unknown;
  readonly state?: unknown;
}

const parseStatus = (value: string | undefined): StatusFields => {
  try {
    return Object(JSON.parse(value ?? ''));
  } catch {
    return {};
  }
};

/**
 * Reads the answer to `requestFor`. The token is written before its status, so a status may still describe the
 * version before: that token is good, and when it expires is not known yet.
 *
 * @param held what was read before: it knows the expiry of its own version
 * @throws TokenError `token_missing`, with the connection's state where it has one
 */
export const readingFrom = (
  [tokenName, statusName]: readonly string[],
  parameters: readonly ReadParameter[] = [],
  held?: Reading,
): Reading => {
  const find = (name?: string) => parameters.find((parameter) => parameter.Name === name);
  const { Value: token, Version: version } = find(tokenName) ?? {};
  const { tokenVersion, expiresAt, state } = parseStatus(find(statusName)?.Value);
  if (!token) {
    throw new TokenError(
      'token_missing',
      typeof state === 'string'
        ? `${tokenName} does not exist: its connection is ${state}`
        : `${tokenName} does not exist: check the connection's name, the prefix, the account and the region`,
    );
  }
  const told = tokenVersion === version ? Date.parse(String(expiresAt)) : Number.NaN;
  if (!Number.isNaN(told)) return { token, version, expiresAt: told };
  return { token, version, expiresAt: held?.version === version ? held?.expiresAt : undefined };
};
