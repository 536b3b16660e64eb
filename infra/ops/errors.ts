import { EXIT, type ExitCode } from './exit.ts';
import { OpsError } from './ops-error.ts';

/** What the messages need to know of where the command looked. */
interface Looked {
  readonly prefix: string;
  readonly region?: string;
  readonly profile?: string;
}

export const nothingFound = (prefix: string, region: string): OpsError =>
  new OpsError(
    `nothing is deployed under ${prefix} in ${region}: check --prefix, --region and the account, or deploy the stack`,
  );

/** What a function's error payload means. Its message is made by the function, and holds no secret. */
export const invocationFailure = (functionName: string, payload: unknown): OpsError => {
  const fields = (typeof payload === 'object' && payload !== null ? payload : {}) as Record<string, unknown>;
  const type = typeof fields['errorType'] === 'string' ? fields['errorType'] : 'an error without a type';
  const message = typeof fields['errorMessage'] === 'string' ? oneLine(fields['errorMessage']) : '';
  if (type === 'Sandbox.Timedout' || message.includes('Task timed out')) {
    return new OpsError(
      `${functionName} timed out before it could answer: look at its log, then try again (a tick does so by itself)`,
    );
  }
  return new OpsError(`${functionName} failed with ${type}: ${message || 'look at its log'}`);
};

/**
 * One line for whatever went wrong: what it is and what to do.
 *
 * @param foreign what is done to the parts that are not this command line's own words. @default nothing
 */
export const sentenceFor = (error: unknown, looked: Looked, foreign: Foreign = (text) => text): string => {
  if (!(error instanceof Error)) return 'something failed without saying what: run again with --debug';
  const known = KNOWN.find(({ matches }) => matches(error));
  return oneLine(known === undefined ? unknown(error, foreign) : known.sentence(error, looked, foreign));
};

export const exitCodeOf = (error: unknown): ExitCode =>
  error instanceof OpsError ? error.exitCode : EXIT.failed;

type Foreign = (text: string) => string;

interface Known {
  readonly matches: (error: Error) => boolean;
  readonly sentence: (error: Error, looked: Looked, foreign: Foreign) => string;
}

const named =
  (...names: readonly string[]) =>
  (error: Error) =>
    names.includes(error.name);

const withCode =
  (...codes: readonly string[]) =>
  (error: Error) =>
    codes.includes(codeOf(error));

/** Of Secrets Manager; functions say theirs in the message. */
export const isMissing = named('ResourceNotFoundException');

export const SECRET_MISSING =
  'the secret is not there: restore it (aws secretsmanager restore-secret) or deploy the stack again';

const KNOWN: readonly Known[] = [
  {
    matches: named('OpsError', 'ConfigurationError', 'RefreshError'),
    sentence: ({ message }) => message,
  },
  {
    matches: ({ message }) => message.startsWith('Region '),
    sentence: ({ message }, { region }, foreign) =>
      region === undefined
        ? 'no AWS region is set: pass --region, such as --region eu-central-1, or export AWS_REGION'
        : `--region ${region} is no AWS region (${foreign(message)})`,
  },
  {
    matches: named('CredentialsProviderError', 'TokenProviderError'),
    sentence: (_error, { profile }) =>
      profile === undefined
        ? 'no AWS credentials were found: log in (aws sso login), pass --profile, or export AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
        : `the profile ${profile} gives no AWS credentials: log in (aws sso login --profile ${profile}) or choose another --profile`,
  },
  {
    matches: named('ExpiredTokenException', 'ExpiredToken', 'RequestExpired'),
    sentence: () => 'the AWS credentials have expired: log in again (aws sso login)',
  },
  {
    matches: named('UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidSignatureException'),
    sentence: ({ message }) =>
      /expired|not yet current/i.test(message)
        ? "AWS refuses the request's time: set this machine's clock"
        : 'AWS does not know these credentials: check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN, or log in again',
  },
  {
    matches: named('AccessDeniedException', 'AccessDenied', 'UnauthorizedOperation'),
    sentence: ({ message }, _looked, foreign) => accessDenied(message, foreign),
  },
  {
    matches: named('KMSAccessDeniedException', 'EncryptionFailure', 'DecryptionFailure'),
    sentence: () => "access denied: the right to use the secret's KMS key is missing (kms:GenerateDataKey)",
  },
  {
    matches: named('TooManyRequestsException', 'ThrottlingException', 'Throttling', 'LimitExceededException'),
    sentence: () => 'AWS throttles these calls: wait a minute and try again, with fewer connections at once',
  },
  {
    matches: (error) => error.name === 'ResourceNotFoundException' && error.message.includes('unction'),
    sentence: ({ message }) =>
      `the function is not there (${/[\w-]+$/.exec(message)?.[0] ?? 'no name'}): its config parameter outlived it, deploy the stack again`,
  },
  {
    matches: isMissing,
    sentence: () => SECRET_MISSING,
  },
  {
    matches: (error) => error.name === 'InvalidRequestException' && /delet/i.test(error.message),
    sentence: () => 'the secret is marked for deletion: restore it first (aws secretsmanager restore-secret)',
  },
  {
    matches: (error) => error.name === 'TimeoutError' || withCode('ETIMEDOUT')(error),
    sentence: () =>
      'AWS did not answer in time: try again; a refresh that was asked for may have run, status shows it',
  },
  {
    matches: withCode('ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH'),
    sentence: (error) =>
      `no connection to AWS (${codeOf(error)}): check the network, --region and AWS_ENDPOINT_URL`,
  },
  {
    matches: withCode('ERR_INVALID_URL'),
    sentence: () =>
      'AWS_ENDPOINT_URL, or endpoint_url of the AWS profile, is no URL: write one such as http://127.0.0.1:4566, or unset it for AWS itself',
  },
  {
    // What the SDK makes of a body, or an error, that is none of AWS.
    matches: named('SyntaxError', 'Unknown', 'UnknownError'),
    sentence: () =>
      'what answers is not AWS: check AWS_ENDPOINT_URL (unset it for AWS itself), and the proxy in between',
  },
];

/** AWS names the action in the text, and the resource; the rest of its sentence is noise at night. */
const accessDenied = (message: string, foreign: Foreign): string => {
  const action = /perform: ([\w-]+:\w+)/.exec(message)?.[1];
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  if (action === undefined)
    return 'access denied: these credentials lack a right, --debug shows which call failed';
  return `access denied: the right ${foreign(action)} is missing${resource === undefined ? '' : ` on ${foreign(resource)}`}`;
};

const unknown = (error: Error, foreign: Foreign): string =>
  `${error.name}: ${foreign(error.message)} (--debug shows more)`;

const codeOf = (error: Error): string =>
  'code' in error && typeof error.code === 'string' ? error.code : '';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Where it happened, without anything that was sent: names, codes, AWS request ids and frames, causes included. */
export const debugLines = (error: unknown): string[] => {
  const lines: string[] = [];
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const { httpStatusCode, requestId, attempts } = metadata(at);
    const facts = [
      codeOf(at),
      httpStatusCode === undefined ? '' : `HTTP ${httpStatusCode}`,
      requestId === undefined ? '' : `request ${requestId}`,
      attempts === undefined ? '' : `${attempts} attempts`,
    ].filter(Boolean);
    lines.push(
      `${lines.length === 0 ? '' : 'caused by '}${at.name}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`,
    );
    // Frames alone: messages of other people's errors may quote what was sent.
    lines.push(...(at.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line)));
  }
  return lines;
};

const metadata = (
  error: Error,
): { readonly httpStatusCode?: number; readonly requestId?: string; readonly attempts?: number } =>
  ('$metadata' in error && typeof error.$metadata === 'object' && error.$metadata) || {};
