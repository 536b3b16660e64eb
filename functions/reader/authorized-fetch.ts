import { type GetToken, getToken as getTokenOfProcess } from './get-token.ts';

export interface AuthorizedFetchOptions {
  /** Answers that mean "this token is refused"; add 403 for an API that says so. @default [401] */
  readonly rejectedStatuses?: readonly number[];
  /** @default the reader of this process */
  readonly getToken?: GetToken;
  /** @default globalThis.fetch, looked up at every call */
  readonly fetch?: typeof globalThis.fetch;
}

/** Streams can be sent only once; every other body can be sent again. */
const isStream = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Symbol.asyncIterator in body;

/**
 * A `fetch` that sends the connection's token as `Authorization: Bearer`. When the API refuses it, the token is
 * read again, and where there is a newer one the request is sent once more, unless its body was a stream. In any
 * other case the caller gets the API's answer as it is.
 */
export const authorizedFetch = (
  connection: string,
  options: AuthorizedFetchOptions = {},
): typeof globalThis.fetch => {
  const { rejectedStatuses = [401], getToken = getTokenOfProcess } = options;
  return async (input, init) => {
    const send = (target: typeof input, token: string) => {
      const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
      headers.set('authorization', `Bearer ${token}`);
      return (options.fetch ?? globalThis.fetch)(target, { ...init, headers });
    };
    const token = await getToken(connection);
    const again = input instanceof Request ? input.clone() : input;
    const response = await send(input, token);
    if (!rejectedStatuses.includes(response.status)) return response;
    // The refusal in hand says more than why there is no newer token; the next call tells that.
    const newer = await getToken(connection, { rejected: token }).catch(() => token);
    if (newer === token || isStream(init?.body)) return response;
    await response.body?.cancel();
    return send(again, newer);
  };
};
