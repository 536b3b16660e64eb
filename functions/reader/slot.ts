import { GetParametersCommand } from '@aws-sdk/client-ssm';
import { isExpired, keepAfterFailure, keepUntil, type Limits, PACE_MS, SHORT_MS } from './keeping.ts';
import { type Reading, type ReadParameter, readingFrom, requestFor } from './reading.ts';
import { TokenError } from './token-error.ts';

/** What the reader needs of an `SSMClient`, also of one from another copy of the SDK. It is sent `GetParametersCommand`s. */
export interface ReaderClient {
  send(
    // biome-ignore lint/suspicious/noExplicitAny: copies of the SDK do not know each other's commands
    command: any,
    options?: { readonly abortSignal?: AbortSignal },
  ): Promise<{ readonly Parameters?: readonly ReadParameter[] | undefined }>;
}

/** What a slot needs of the world; looked up anew at every read. */
export interface SlotOptions {
  readonly connection: string;
  readonly limits: Limits;
  readonly prefix: () => string;
  readonly client: () => ReaderClient;
  readonly now: () => number;
  readonly warn: (message: string) => void;
}

/** The place of one token in the cache. */
export interface Slot {
  /** The token in hand. */
  token: string | undefined;
  /** The token in hand while it may be kept; else it is read anew. */
  get(): Promise<string>;
  /** Reads anew because an API refused the token in hand: at most once in five seconds for the same token. */
  readAfterRejection(): Promise<string>;
}

/** For a read without which there is no valid token, and for one while there still is. */
const DEADLINE_MS = 5_000;
const DEADLINE_IN_HAND_MS = 1_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A JSON error quotes what it could not parse, and that may be a piece of a token. */
const causeOf = (error: unknown): ErrorOptions => (error instanceof SyntaxError ? {} : { cause: error });

/** An empty place for the token of a connection. @throws TokenError `invalid_argument` at the first read */
export const createSlot = ({ connection, limits, prefix, client, now, warn }: SlotOptions): Slot => {
  let held: Reading | undefined;
  /** The token in hand, as one promise: a cached read allocates nothing. */
  let answer = Promise.resolve('');
  /** `answer` may be handed out before this instant. */
  let until = Number.NEGATIVE_INFINITY;
  let flight: Promise<string> | undefined;
  let joinBefore = 0;
  let lastReadAt = Number.NEGATIVE_INFINITY;
  let rejectedAt = Number.NEGATIVE_INFINITY;
  let looks = 0;
  /** The look that told last whether there is a token. */
  let lastToTell = 0;

  const hold = (reading: Reading, readAt: number): void => {
    if (reading.token !== slot.token) {
      slot.token = reading.token;
      answer = Promise.resolve(reading.token);
      rejectedAt = Number.NEGATIVE_INFINITY;
    }
    held = reading;
    until = keepUntil(reading, readAt, limits);
  };

  const drop = (): void => {
    held = undefined;
    slot.token = undefined;
    until = Number.NEGATIVE_INFINITY;
  };

  const ask = async (request: ReturnType<typeof requestFor>, deadline: number): Promise<Reading> => {
    const { Parameters } = await client().send(new GetParametersCommand(request), {
      abortSignal: AbortSignal.timeout(deadline),
    });
    return readingFrom(request.Names, Parameters, held);
  };

  const look = async (): Promise<string> => {
    const request = requestFor(connection, prefix());
    const valid = held !== undefined && !isExpired(held, now());
    const early = lastReadAt + PACE_MS - now();
    // Whoever holds no token, or an expired one, waits for the next look instead of getting what the last one found.
    if (!valid && early > 0) await pause(Math.min(early, PACE_MS));
    const readAt = now();
    const deadline = valid ? DEADLINE_IN_HAND_MS : DEADLINE_MS;
    lastReadAt = readAt;
    joinBefore = readAt + deadline;
    looks += 1;
    const own = looks;
    // One that was frozen with its environment may end after a later one, whose finding stands.
    const isOvertaken = () => own < lastToTell;
    let found: Reading;
    let trouble = '';
    try {
      found = await ask(request, deadline);
      if (isOvertaken()) return slot.get();
      lastToTell = own;
      hold(found, readAt);
    } catch (error) {
      if (isOvertaken()) return slot.get();
      if (error instanceof TokenError) {
        lastToTell = own;
        drop();
        throw error;
      }
      trouble = `: SSM could not be read (${Object(error).name})`;
      if (held === undefined) {
        throw new TokenError('ssm_failed', `no token of ${connection}${trouble}`, causeOf(error));
      }
      found = held;
      until = keepAfterFailure(found, now());
    }
    if (isExpired(found, now())) {
      warn(`the token of ${connection} has expired and there is no newer one${trouble}`);
    }
    return found.token;
  };

  /** Callers at the same time share one request. */
  const read = (): Promise<string> => {
    // A flight past its deadline was frozen with its environment: its answer is not waited for.
    if (flight === undefined || now() >= joinBefore) {
      joinBefore = Number.POSITIVE_INFINITY;
      const own = look().finally(() => {
        if (flight === own) flight = undefined;
      });
      flight = own;
    }
    return flight;
  };

  const slot: Slot = {
    token: undefined,
    get() {
      const at = now();
      // Before the last look only where the clock was set back since.
      return lastReadAt <= at && at < until ? answer : read();
    },
    readAfterRejection() {
      if (flight === undefined) {
        if (Math.abs(now() - rejectedAt) < SHORT_MS) return answer;
        rejectedAt = now();
      }
      return read();
    },
  };
  return slot;
};
