import { type Duration, Token } from 'aws-cdk-lib/core';
import { CONNECTION_NAME } from '../functions/connection.ts';
import { ConfigurationError } from '../functions/errors.ts';
import { type Timing, timing, timingFaults } from '../functions/policy/timing.ts';
import { dialect } from '../functions/providers/index.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import { EXCHANGE_SUFFIX, instanceName, SHARED_FUNCTIONS } from './names.ts';

const PREFIX = /^(?:\/[A-Za-z0-9_-]+)+$/;
const RESERVED_PREFIX = /^\/(?:aws|ssm)/i;
const FUNCTION_NAME_LIMIT = 64;
const SECRET_ARN = /^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:.+-[A-Za-z0-9]{6}$/;

/** Connections in one stack: each is 11 resources, and a stack holds 500. */
const CONNECTION_LIMIT = 40;

/** One sentence where a stack cannot hold this many connections. */
export const countFaults = (prefix: string, connections: number): string[] => {
  if (connections === 0) {
    return ['connections is empty: write at least one, such as { uqudo: { provider: "uqudo" } }'];
  }
  const tooMany = connections - CONNECTION_LIMIT;
  return tooMany <= 0
    ? []
    : [
        `there are ${connections} connections and one stack holds ${CONNECTION_LIMIT}: move ${tooMany} of them to a ` +
          `TokenRefresher in a stack of its own with a prefix of its own, such as "${prefix}-2"`,
      ];
};

/** One sentence per reason why parameters cannot live under this prefix. */
export const prefixFaults = (prefix: string): string[] => {
  if (!PREFIX.test(prefix)) {
    return [
      `prefix "${prefix}" must be a path of letters, digits, "-" and "_" that starts with "/" and does not end ` +
        'with one, such as "/token-refresher"',
    ];
  }
  return RESERVED_PREFIX.test(prefix)
    ? [`prefix "${prefix}" must not start with "/aws" or "/ssm", which Parameter Store reserves`]
    : [];
};

/** One sentence per reason why a connection cannot have this name under this prefix. */
export const nameFaults = (name: string, prefix: string): string[] => {
  if (!CONNECTION_NAME.test(name)) {
    return [
      `the connection name "${name}" must be lower-case letters, digits and hyphens, start with a letter and have ` +
        'at most 40 characters, such as "uqudo" or "igni-acme"',
    ];
  }
  if (Object.values<string>(SHARED_FUNCTIONS).includes(name)) {
    return [`the name "${name}" is taken by the function ${instanceName(prefix)}-${name}: choose another`];
  }
  if (name.endsWith(EXCHANGE_SUFFIX)) {
    return [`the name "${name}" ends like an exchange function's, with "${EXCHANGE_SUFFIX}": choose another`];
  }
  const functionName = `${instanceName(prefix)}-${name}`;
  return functionName.length > FUNCTION_NAME_LIMIT
    ? [
        `the function name "${functionName}" has ${functionName.length} characters and Lambda allows ` +
          `${FUNCTION_NAME_LIMIT}: shorten the prefix or the connection's name`,
      ]
    : [];
};

/** What could be read from a connection's provider and settings; `dialect` is null where they are wrong. */
export interface Checked {
  readonly dialect: Dialect | null;
  readonly timing: Timing;
  readonly faults: readonly string[];
}

// Only so that synthesis goes on and reports the faults of every connection at once.
const PLACEHOLDER_LIFETIME = 3600;

/** Checks provider, settings and the timing that follows from them; the faults say what to write. */
export const checkConnection = (provider: string, settings: object, renewBefore?: Duration): Checked => {
  const seconds = renewBefore?.toSeconds({ integral: false });
  if (seconds !== undefined && !Number.isSafeInteger(seconds)) {
    return {
      dialect: null,
      timing: timing(PLACEHOLDER_LIFETIME),
      faults: [`renewBefore is ${seconds} s and must be whole seconds, such as Duration.minutes(15)`],
    };
  }
  try {
    const found = dialect(provider, settings);
    const numbers = timing(found.lifetimeSeconds, seconds);
    return { dialect: found, timing: numbers, faults: timingFaults(numbers) };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return { dialect: null, timing: timing(PLACEHOLDER_LIFETIME), faults: [error.message] };
  }
};

/** One sentence where an imported secret cannot be named in a policy. */
export const secretFaults = (arn: string | undefined): string[] =>
  arn === undefined || Token.isUnresolved(arn) || SECRET_ARN.test(arn)
    ? []
    : [
        // Not the value: it may be the secret itself.
        'secret.arn must be a complete secret ARN with its suffix, such as ' +
          '"arn:aws:secretsmanager:eu-central-1:111122223333:secret:uqudo-AbCdEf"',
      ];
