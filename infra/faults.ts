import { type Duration, Token } from 'aws-cdk-lib/core';
import { CONNECTION_NAME } from '../functions/connection.ts';
import { ConfigurationError } from '../functions/errors.ts';
import { SUBJECT } from '../functions/exchange-event.ts';
import { type Timing, timing, timingFaults } from '../functions/policy/timing.ts';
import { dialect } from '../functions/providers/index.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import type { ConnectionOptions } from './connection.ts';
import { EXCHANGE_SUFFIX, instanceName, SHARED_FUNCTIONS } from './names.ts';
import type { TokenParameterAttributes } from './token-parameter.ts';
import type { TokenRefresherProps } from './token-refresher.ts';

type NotificationProps = Pick<TokenRefresherProps, 'alarmEmails' | 'alarmTopic'>;

const PREFIX = /^(?:\/[A-Za-z0-9_-]+)+$/;
/** Parameter Store keeps the first two for itself, Systems Manager's documents all but the second. */
const RESERVED_PREFIX = /^\/(?:aws|ssm|amazon|amzn)/i;
/** Every account has a schedule group of this name. */
const DEFAULT_SCHEDULE_GROUP = '/default';
/** Parameter Store takes 15; a person's token is three below the prefix. */
const PREFIX_LEVELS = 12;
const FUNCTION_NAME_LIMIT = 64;
const KEY_ARN = /^arn:[^:]+:kms:[^:]+:[^:]+:key\/.+$/;
const KEY_ARN_EXAMPLE = '"arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000"';
const EMAIL = /^[^@\s]+@[^@\s]+$/;
const SECRET_ARN = /^arn:[^:]+:secretsmanager:([^:]+):[^:]+:secret:.+-[A-Za-z0-9]{6}$/;

/** Lambda's variables and a standard parameter take 4096 bytes; names and ARNs take up to a thousand of them. */
const SETTINGS_BYTES = 3000;

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
  if (RESERVED_PREFIX.test(prefix)) {
    return [
      `prefix "${prefix}" must not start with "/aws", "/ssm", "/amazon" or "/amzn", which AWS reserves`,
    ];
  }
  if (prefix === DEFAULT_SCHEDULE_GROUP) {
    return [`prefix "${prefix}" is the name of every account's own schedule group: choose another`];
  }
  const levels = prefix.split('/').length - 1;
  if (levels > PREFIX_LEVELS) {
    return [
      `prefix "${prefix}" has ${levels} levels and can have ${PREFIX_LEVELS}, so that Parameter Store takes what is below it`,
    ];
  }
  const excess = `${instanceName(prefix)}-${SHARED_FUNCTIONS.board}`.length - FUNCTION_NAME_LIMIT;
  return excess > 0
    ? [
        `prefix "${prefix}" has ${prefix.length} characters and can have ${prefix.length - excess}, so that Lambda takes ` +
          'the function names made of it: shorten it',
      ]
    : [];
};

/** One sentence per reason why a connection cannot have this name under this prefix. `grant` is null where it is not known. */
export const nameFaults = (name: string, prefix: string, grant: Dialect['grant'] | null): string[] => {
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
  const suffix = grant === 'authorization_code' ? EXCHANGE_SUFFIX : '';
  const functionName = `${instanceName(prefix)}-${name}${suffix}`;
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
  if (renewBefore !== undefined && !(renewBefore instanceof Object && 'toSeconds' in renewBefore)) {
    return unusable('renewBefore must be a Duration, such as Duration.minutes(15)');
  }
  const seconds = renewBefore?.toSeconds({ integral: false });
  if (seconds !== undefined && !Number.isSafeInteger(seconds)) {
    return unusable(`renewBefore is ${seconds} s and must be whole seconds, such as Duration.minutes(15)`);
  }
  try {
    const found = dialect(provider, settings);
    const numbers = timing(found.lifetimeSeconds, seconds);
    return { dialect: found, timing: numbers, faults: [...sizeFaults(settings), ...timingFaults(numbers)] };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return unusable(error.message);
  }
};

const sizeFaults = (settings: object): string[] => {
  const bytes = Buffer.byteLength(JSON.stringify(settings));
  return bytes <= SETTINGS_BYTES
    ? []
    : [
        `the settings take ${bytes} bytes as JSON and can take ${SETTINGS_BYTES}, so that a function's environment and its ` +
          'config parameter hold them: shorten them, or split the connection',
      ];
};

const unusable = (fault: string): Checked => ({
  dialect: null,
  timing: timing(PLACEHOLDER_LIFETIME),
  faults: [fault],
});

/**
 * One sentence per reason why an imported secret, or its key, cannot be named in a policy, or the secret not be read in the
 * stack's region. Quotes neither ARN: it may be a secret.
 */
export const secretFaults = (secret: ConnectionOptions['secret'], region: string): string[] => {
  if (secret === undefined) return [];
  const { arn, keyArn } = secret;
  return [
    ...regionFaults(arn, region),
    ...(isArn(SECRET_ARN, arn)
      ? []
      : [
          'secret.arn must be a complete secret ARN with its suffix, such as ' +
            '"arn:aws:secretsmanager:eu-central-1:111122223333:secret:uqudo-AbCdEf"',
        ]),
    ...(keyArn === undefined || isArn(KEY_ARN, keyArn)
      ? []
      : [`secret.keyArn must be the ARN of a key and not of an alias, such as ${KEY_ARN_EXAMPLE}`]),
  ];
};

const regionFaults = (arn: string, region: string): string[] => {
  const found = Token.isUnresolved(arn) ? undefined : SECRET_ARN.exec(arn)?.[1];
  return found === undefined || Token.isUnresolved(region) || found === region
    ? []
    : [
        `secret.arn is in ${found} and the stack in ${region}, where its function reads secrets: write the ARN of a secret ` +
          `in ${region}, such as a replica`,
      ];
};

// What another construct gives is known only at deployment.
const isArn = (pattern: RegExp, arn: string): boolean => Token.isUnresolved(arn) || pattern.test(arn);

/** One sentence per reason why no connection can have its token there. */
export const tokenFaults = ({
  connection,
  prefix,
  keyArn = 'aws-managed',
}: TokenParameterAttributes & { readonly prefix: string }): string[] => [
  ...prefixFaults(prefix),
  ...(Token.isUnresolved(connection) ? [] : nameFaults(connection, prefix, null)),
  ...(keyArn === 'aws-managed' || isArn(KEY_ARN, keyArn)
    ? []
    : [`keyArn must be "aws-managed" or the ARN of a key and not of an alias, such as ${KEY_ARN_EXAMPLE}`]),
];

/** One sentence per subject that nobody's token can be stored under. */
export const subjectFaults = (subjects: readonly string[]): string[] =>
  subjects
    .filter((subject) => subject !== '*' && !SUBJECT.test(subject) && !Token.isUnresolved(subject))
    .map((subject) => `the subject "${subject}" must be 1 to 64 letters, digits, "-" or "_", or "*" for all`);

/** One sentence where a concurrency would stop the function or is no number of invocations. */
export const concurrencyFaults = (reservedConcurrency: number | undefined): string[] =>
  reservedConcurrency === undefined || (Number.isSafeInteger(reservedConcurrency) && reservedConcurrency > 0)
    ? []
    : [
        `reservedConcurrency is ${reservedConcurrency} and must be a whole number above 0, such as 2; to stop a ` +
          'connection, pause it',
      ];

/** One sentence per reason why nobody could be notified as it is written. */
export const notificationFaults = ({ alarmEmails = [], alarmTopic }: NotificationProps): string[] => [
  ...alarmEmails
    .filter((email) => !EMAIL.test(email))
    .map((email) => `alarmEmails: "${email}" must be an address, such as "ops@example.com"`),
  ...(alarmTopic !== undefined && alarmEmails.length > 0
    ? [
        'alarmEmails are for the topic of its own: leave out alarmTopic, or subscribe the addresses to that topic',
      ]
    : []),
];
