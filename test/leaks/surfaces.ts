import { everythingTheCommandLineSays } from './command-line.ts';
import { everythingTheExchangeSays } from './exchange-function.ts';
import { type Canary, credentialCanaries } from './find-leaks.ts';
import { CREDENTIALS, everythingTheRefreshFunctionSays } from './refresh-function.ts';
import { everythingTheSynthSays } from './synth.ts';
import { everythingTheErrorsHold } from './thrown-errors.ts';

/** Something that says something, after it has been given canaries. */
export interface Surface {
  readonly name: string;
  /** @param directory of the function bundles */
  readonly collect: (directory: string) => Promise<{ text: string; canaries: readonly Canary[] }>;
  /** What it must have said, so that silence does not pass for discretion. */
  readonly says: readonly string[];
}

/** The credentials every surface is given. */
export const CANARIES = credentialCanaries(CREDENTIALS.client_id, CREDENTIALS.client_secret);

/** Every surface there is: a new one is one entry. */
export const surfaces: readonly Surface[] = [
  {
    name: 'log, metrics, answers, errors and statuses of the deployed refresh function, and the board',
    collect: everythingTheRefreshFunctionSays,
    says: [
      '"outcome":"refreshed"',
      '"SecondsToExpiry"',
      '"fingerprint"',
      'credentials_rejected',
      'rate_limited',
      'redirected',
      'connection_lost',
      'token_not_stored',
      '--parameter-version 1 --labels known-good',
      '--parameter-version 1 --labels LABEL',
      'token_too_large',
      'invalid_access_token',
      'unsupported_token_type',
      'invalid_lifetime',
      'not_a_token_response',
      'secret_unreadable',
      'credentials_invalid',
      'the secret is not JSON',
      'event.action must be one of',
      '<table',
      'uqudo</',
    ],
  },
  // Before the next surface, which leaves AWS clients mocked.
  {
    name: 'the command line, with --debug',
    collect: everythingTheCommandLineSays,
    says: [
      'credentials written as version',
      'AWSPREVIOUS worked',
      'not a token response',
      'credentials_rejected',
      'standard input is not a JSON object',
      'begins or ends with white space',
      'PutSecretValueCommand',
      'InvokeCommand',
      'uae-pass: exchanged',
      'uae-pass: rejected',
      'unreachable',
      'no connection to AWS',
      '"verdict": "attention"',
    ],
  },
  {
    name: 'errors thrown by the refresh function, with their causes',
    collect: everythingTheErrorsHold,
    says: [
      'token_not_stored',
      '--labels known-good',
      '--labels LABEL',
      'secret_unreadable',
      'credentials_rejected',
      'status_unreadable',
    ],
  },
  {
    name: 'log, metrics, answers, errors, markers, statuses and events of the exchange and the watch',
    collect: everythingTheExchangeSays,
    says: [
      '"outcome":"exchanged"',
      '"outcome":"already-exchanged"',
      '"error":"invalid_grant"',
      'invalid_request',
      'invalid_client',
      'provider_unavailable',
      'connection_lost',
      'redirect_uri_not_allowed',
      'event.subject must be',
      '"LiveSubjects"',
      '"notice":"required"',
    ],
  },
  {
    name: 'templates and the messages of synth',
    collect: everythingTheSynthSays,
    says: [
      'AWS::Lambda::Function',
      'must be a complete secret ARN',
      'must not contain "client_secret"',
      'must not contain "password"',
      'must not contain "client_assertion"',
      'must not contain "refresh_token"',
      'must not contain "api_key"',
    ],
  },
];
