import { FAILURE_KINDS, type FailureCode, type FailureKind } from '../../functions/errors.ts';
import type { Found } from './config.ts';
import { quoted, setOptions } from './settings.ts';

/** What to do about a kind of failure, where its code says no more. */
const BY_KIND: Readonly<Record<FailureKind, string>> = {
  transient: 'Nothing yet: each tick tries again. If it lasts, look at the log of the function.',
  permanent:
    'Compare the settings of the connection in the stack with what the provider documents, and deploy.',
  reauthorization: 'A person has to log in; hand in the code with: {exchange}',
};

const PROVIDER_DOWN =
  "Look at the provider's status page. Nothing to do here: each tick tries again, and recovery is seen by itself.";
const NOT_A_TOKEN_ENDPOINT =
  'The token endpoint does not answer as one: check the settings that make up its URL, and try them with: {try}';
const PROVIDER_BUG =
  'The provider answers with something that is no usable token: tell the provider, with the time of the last attempt.';
const SSM_DOWN =
  'AWS did not take or give a parameter: look at the rights of the function, its KMS key and the AWS Health Dashboard. Each tick tries again.';

const SSM_FULL = `If the error names a label, run the command in it: the label blocks every write. Otherwise: ${SSM_DOWN}`;

/** `{ops}` and `{connection}` stand for the command and the connection, `{try}` and `{exchange}` for whole command lines. */
const BY_CODE: Partial<Record<FailureCode, string>> = {
  unreachable: `${PROVIDER_DOWN} If only this connection is affected, check the host in its settings.`,
  connection_lost: PROVIDER_DOWN,
  timed_out: PROVIDER_DOWN,
  provider_unavailable: PROVIDER_DOWN,
  rate_limited:
    'Nothing: the next attempt waits as long as the provider asks. If it happens often, see who else uses these credentials.',
  same_token_expired: PROVIDER_BUG,
  secret_unreadable:
    'Secrets Manager did not give the secret: look whether it is being deleted, and at the rights on it and on its KMS key.',
  token_not_stored: SSM_FULL,
  status_unreadable: SSM_DOWN,
  status_not_stored: SSM_FULL,
  code_not_taken: SSM_DOWN,
  code_not_recorded: SSM_DOWN,
  token_not_deleted: SSM_DOWN,
  subjects_unreadable: SSM_DOWN,
  subjects_not_deleted: SSM_DOWN,
  notice_not_sent:
    'EventBridge did not take the notice that a person has to log in: look at the rights of the function. Each tick tries again.',
  redirected: NOT_A_TOKEN_ENDPOINT,
  response_too_large: NOT_A_TOKEN_ENDPOINT,
  not_a_token_response: NOT_A_TOKEN_ENDPOINT,
  invalid_access_token: PROVIDER_BUG,
  token_too_large:
    'Ask the provider for a smaller token: fewer scopes, or an opaque one. SSM takes 8192 bytes at most.',
  unsupported_token_type: 'Ask the provider for Bearer tokens: readers can use no other.',
  invalid_lifetime: `${PROVIDER_BUG} Its clock may be wrong.`,
  request_rejected:
    'The provider knows these credentials but refuses the request: check scope and other settings, and what the client may do at the provider.',
  credentials_rejected:
    'Get valid credentials from the provider and set them: {ops} credentials set {connection}',
  credentials_invalid: 'Set the credentials again: {ops} credentials set {connection}',
  invalid_grant:
    'The code was refused: unknown, expired, used, or issued to another client or redirect URI. A person has to log in again.',
  credentials_missing:
    'The secret was emptied or deleted, or its ARN is wrong. Set the credentials: {ops} credentials set {connection}. If there is no such secret, restore it, or correct secret.arn in the stack and deploy.',
  credentials_empty: 'Set the credentials: {ops} credentials set {connection}',
};

/** The same code where nobody hands in codes: there is no login to ask for. */
const GRANT_REFUSED = 'Ask the provider why it refuses these credentials their grant.';

/** What to do about a failure, in one sentence or two. `codes`: the connection's tokens take a person who logs in. */
export const adviceFor = (
  code: FailureCode,
  { ops, config, codes }: { readonly ops: string; readonly config: Found; readonly codes: boolean },
): string => {
  const { connection, settings } = config;
  const words = {
    ops,
    connection,
    try: tryCommand(ops, config),
    exchange: `${ops} exchange ${connection} --redirect-uri ${redirectUri(settings)}`,
  };
  const advice = code === 'invalid_grant' && !codes ? GRANT_REFUSED : BY_CODE[code];
  return (advice ?? BY_KIND[FAILURE_KINDS[code]]).replace(
    /\{(ops|connection|try|exchange)\}/g,
    (_, word: keyof typeof words) => words[word],
  );
};

/** Asks the provider that is deployed, with the settings that are deployed. */
export const tryCommand = (ops: string, { provider, settings }: Found): string =>
  `${ops} try ${provider} ${settings === undefined ? '--set KEY=VALUE' : setOptions(settings)}`.trimEnd();

/** The only one; of several, whoever logged in knows which. */
const redirectUri = (settings: Found['settings']): string => {
  const uris: unknown = settings?.['redirectUris'];
  return Array.isArray(uris) && uris.length === 1 ? quoted(String(uris[0])) : 'REDIRECT_URI';
};
