import { SSMClient } from '@aws-sdk/client-ssm';
import { createSlot, type ReaderClient, type Slot } from './slot.ts';
import { TokenError } from './token-error.ts';

export interface ReaderOptions {
  /** @default the environment variable TOKEN_REFRESHER_PREFIX, else `/token-refresher` */
  readonly prefix?: string;
  /** @default an `SSMClient` made at the first read */
  readonly client?: ReaderClient;
  /** How long a token is kept although it is valid for longer, in seconds. @default 300 */
  readonly maxAgeSeconds?: number;
  /** How far the clocks of provider, writer and reader may be apart, in seconds. @default 60 */
  readonly skewSeconds?: number;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Told whenever an expired token is handed out. @default console.warn */
  readonly warn?: (message: string) => void;
}

export interface GetTokenOptions {
  /**
   * The token an API has just refused. While it is still the one in hand, the parameter is read again, at most
   * once in five seconds; the answer is the same token where there is no newer one.
   */
  readonly rejected?: string;
}

/**
 * Answers the access token of a connection (`uqudo`), or of one subject of it (`uae-pass/subject`).
 * @throws TokenError where there is no token to hand out
 */
export type GetToken = (connection: string, options?: GetTokenOptions) => Promise<string>;

/** Tokens kept at once: where every person has a token of their own, the one asked for first makes room. */
const SLOTS_MAX = 1_000;

const milliseconds = (name: string, seconds: number): number => {
  if (!(seconds >= 0)) {
    throw new TokenError('invalid_argument', `${name} must be a number of seconds, 0 or more`);
  }
  return seconds * 1000;
};

/**
 * A reader with a cache of its own. A token is kept until `min(maxAge, expiresAt − skew)`; concurrent reads share
 * one `GetParameters`; a valid token survives a failing SSM; an expired one is handed out only straight after a
 * read that found no newer one, with a warning.
 *
 * @throws TokenError `invalid_argument` naming the option
 */
export const createGetToken = (options: ReaderOptions = {}): GetToken => {
  const limits = {
    maxAge: milliseconds('maxAgeSeconds', options.maxAgeSeconds ?? 300),
    skew: milliseconds('skewSeconds', options.skewSeconds ?? 60),
  };
  const now = options.now ?? (() => Date.now());
  const warn = options.warn ?? ((message: string) => console.warn(message));
  const prefix = () => options.prefix ?? process.env['TOKEN_REFRESHER_PREFIX'] ?? '/token-refresher';
  let known = options.client;
  const client = () => {
    known ??= new SSMClient({});
    return known;
  };

  const slots = new Map<string, Slot>();
  const newSlot = (connection: string): Slot => {
    const [oldest] = slots.keys();
    if (oldest !== undefined && slots.size >= SLOTS_MAX) slots.delete(oldest);
    const slot = createSlot({ connection, limits, prefix, client, now, warn });
    slots.set(connection, slot);
    return slot;
  };

  return (connection, asked) => {
    const slot = slots.get(connection) ?? newSlot(connection);
    const refused = slot.token !== undefined && slot.token === asked?.rejected;
    return refused ? slot.readAfterRejection() : slot.get();
  };
};

/** The token of a connection, through the reader of this process: `await getToken('uqudo')`. */
export const getToken: GetToken = /* @__PURE__ */ createGetToken();
