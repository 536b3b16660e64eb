import { type GetToken, getToken as getTokenOfProcess } from './get-token.ts';

export interface TokenMiddlewareOptions {
  /** @default the reader of this process */
  readonly getToken?: GetToken;
}

/** What the middleware adds to the Lambda context. */
export interface TokensInContext<Connection extends string = string> {
  readonly tokens: Readonly<Record<Connection, string>>;
}

/**
 * A middleware for middy: `context.tokens` holds the tokens of these connections, read anew for every invocation
 * (from the cache, as a rule). The property is not enumerable, so that a logged context shows no token.
 */
export const tokenMiddleware = <const Connection extends string>(
  connections: Connection | readonly Connection[],
  { getToken = getTokenOfProcess }: TokenMiddlewareOptions = {},
) => ({
  before: async ({ context }: { readonly context: TokensInContext<Connection> }): Promise<void> => {
    const names = [connections].flat() as Connection[];
    const read = await Promise.all(names.map(async (name) => [name, await getToken(name)] as const));
    Object.defineProperty(context, 'tokens', { value: Object.fromEntries(read), configurable: true });
  },
});
