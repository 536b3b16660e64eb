import { ConfigurationError, type RefreshError } from './errors.ts';
import type { Result } from './policy/status-after.ts';
import { instant, type Outcome, type State, type Status } from './status.ts';

/** What the refresh function is asked to do. */
export type Action =
  | { readonly action: 'tick' }
  | { readonly action: 'refresh'; readonly force: boolean; readonly reason: string | null }
  | { readonly action: 'pause'; readonly until: number; readonly reason: string | null }
  | { readonly action: 'resume'; readonly reason: string | null }
  | { readonly action: 'status' };

const ACTIONS = ['tick', 'refresh', 'pause', 'resume', 'status'] as const;

/** The answer to every invocation, also to a failed one. Never a token. Times are ISO 8601 UTC. */
export interface Answer {
  readonly connection: string;
  readonly outcome: Outcome;
  readonly state: State;
  readonly expiresAt: string | null;
  readonly renewAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly tokenVersion: number | null;
  readonly reason: string;
  readonly requestId: string;
}

/**
 * Reads an event: `{}` or `{"action":"tick"}` from the schedule, the other actions from ops.
 * @throws ConfigurationError naming the field and the known actions.
 */
export const parseAction = (event: unknown, now: number): Action => {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    throw new ConfigurationError('the event must be a JSON object such as {"action":"tick"}');
  }
  const fields = event as Readonly<Record<string, unknown>>;
  const action: unknown = fields['action'] ?? 'tick';
  const reason: unknown = fields['reason'] ?? null;
  if (reason !== null && (typeof reason !== 'string' || reason.length > 200)) {
    throw new ConfigurationError('event.reason must be a string of at most 200 characters');
  }
  switch (action) {
    case 'tick':
    case 'status':
      return { action };
    case 'resume':
      return { action, reason };
    case 'refresh': {
      // A runbook may hand its parameters over as text.
      const given: unknown = fields['force'] ?? false;
      const force = given === 'true' ? true : given === 'false' ? false : given;
      if (typeof force !== 'boolean') throw new ConfigurationError('event.force must be true or false');
      return { action, force, reason };
    }
    case 'pause': {
      const until = time(fields['until']);
      if (!(until > now)) {
        throw new ConfigurationError(
          'event.until must be a time to come, in ISO 8601 with a zone, such as "2030-01-31T06:00:00Z"',
        );
      }
      if (until > LAST_TIME) throw new ConfigurationError('event.until must be before the year 10000 in UTC');
      return { action, until, reason };
    }
    default:
      throw new ConfigurationError(`unknown action: event.action must be one of ${ACTIONS.join(', ')}`);
  }
};

/** The last time whose year has four digits: a status tells no other. */
const LAST_TIME = Date.parse('9999-12-31T23:59:59.999Z');

const time = (value: unknown): number =>
  typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(value)
    ? Date.parse(value)
    : Number.NaN;

/**
 * The answer to an action. @throws RefreshError where a tick's refresh failed: the invocation has to fail. A connection
 * that still awaits its credentials has not failed.
 */
export const answerTo = (action: Action, result: Result, requestId: string): Answer => {
  const { status, state, outcome, reason, failure } = result;
  if (action.action === 'tick' && failure !== null) throw failure;
  const { connection, expiresAt, renewAt, tokenVersion } = status;
  const nextAttemptAt = nextAttempt(status, state);
  return { connection, outcome, state, expiresAt, renewAt, nextAttemptAt, tokenVersion, reason, requestId };
};

// A pause comes first.
const nextAttempt = ({ nextAttemptAt, pausedUntil }: Status, state: State): string | null =>
  state === 'paused' && (instant(nextAttemptAt) ?? 0) < (instant(pausedUntil) ?? 0)
    ? pausedUntil
    : nextAttemptAt;

/**
 * The answer to ops where the status could not be read or written, so that nothing is known of the connection.
 */
export const answerWithoutStatus = (
  connection: string,
  { message: reason }: RefreshError,
  requestId: string,
): Answer => ({
  connection,
  outcome: 'failed',
  state: 'failing',
  expiresAt: null,
  renewAt: null,
  nextAttemptAt: null,
  tokenVersion: null,
  reason,
  requestId,
});
