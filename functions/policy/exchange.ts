import type { Attempt } from '../attempt.ts';
import type { CodeResult } from '../code-marker.ts';
import { type Connection, slotOf } from '../connection.ts';
import type { RefreshError } from '../errors.ts';
import type { Exchange } from '../exchange-code.ts';
import type { ExchangeAnswer, HandIn } from '../exchange-event.ts';
import { CODE_REFUSALS, codeRefusal } from '../oauth/code-refusal.ts';
import type { Dialect } from '../providers/provider.ts';
import type { Status } from '../status.ts';
import { resultOf } from './status-after.ts';

/** The result for a redirect URI that no code can have been issued to: the code is not used. */
export const notAllowed = (): CodeResult => ({
  outcome: 'rejected',
  error: 'redirect_uri_not_allowed',
  reason: 'redirectUri is none of the redirect URIs of this connection, byte for byte: the code was not used',
});

/** What came of a code, and with a token the status its slot gets. Pure. */
export const resultOfExchange = (
  before: Status,
  attempt: Extract<Attempt, { kind: 'issued' | 'failed' }>,
  connection: Connection,
  dialect: Pick<Dialect, 'refusals'>,
  times: { startedAt: number; now: number },
): CodeResult => {
  if (attempt.kind === 'failed') return failedResult(attempt.error, dialect);
  const plan = {
    do: 'refresh',
    attempts: 1,
    early: false,
    state: before.state,
    reason: 'exchanged',
  } as const;
  const { status, outcome } = resultOf(before, plan, attempt, connection, times);
  if (outcome !== 'refreshed') {
    return { outcome: 'reauthorization-required', error: 'same_token_expired', reason: status.reason };
  }
  const reason = ['exchanged', ...attempt.token.warnings].join('; ');
  return { outcome: 'exchanged', status: { ...status, nextAttemptAt: null, reason } };
};

const failedResult = (error: RefreshError, { refusals }: Pick<Dialect, 'refusals'>): CodeResult => {
  const refusal = codeRefusal(error, refusals);
  return refusal === null
    ? {
        outcome: 'reauthorization-required',
        error: error.code,
        reason: `${error.message}: the code is not sent again, the person has to log in again`,
      }
    : { outcome: 'rejected', error: refusal, reason: `${CODE_REFUSALS[refusal]} (${error.message})` };
};

/** The answer to a code. */
export const answerToExchange = (
  exchange: Exchange,
  handIn: HandIn,
  connection: Connection,
  requestId: string,
): ExchangeAnswer => {
  const answered = { connection: connection.connection, requestId };
  const { tokenParameter } = slotOf(connection, handIn.subject);
  const result = exchange.kind === 'used' ? exchange.result : resultFor(handIn, exchange.marker);
  if (result === null) {
    return {
      ...answered,
      ...NO_TOKEN,
      outcome: 'code-spent',
      error: 'code_spent',
      reason:
        'this code was handed in before, and what came of it is not known here: it is not sent a second time',
    };
  }
  if (result.outcome !== 'exchanged') return { ...answered, ...NO_TOKEN, ...result };
  const { tokenVersion, expiresAt } = result.status;
  return {
    ...answered,
    outcome: exchange.kind === 'used' ? 'exchanged' : 'already-exchanged',
    tokenParameter,
    tokenVersion,
    expiresAt,
    error: null,
    reason:
      exchange.kind === 'used'
        ? result.status.reason
        : 'this code was exchanged before: this is what came of it',
  };
};

const NO_TOKEN = { tokenParameter: null, tokenVersion: null, expiresAt: null } as const;

/** What an earlier run recorded, told only to a hand-in for the same subject. */
const resultFor = (
  handIn: HandIn,
  marker: Extract<Exchange, { kind: 'spent' }>['marker'],
): CodeResult | null => (marker !== null && marker.subject === handIn.subject ? marker.result : null);
