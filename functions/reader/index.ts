export { type AuthorizedFetchOptions, authorizedFetch } from './authorized-fetch.ts';
export {
  createGetToken,
  type GetToken,
  type GetTokenOptions,
  getToken,
  type ReaderOptions,
} from './get-token.ts';
export { type TokenMiddlewareOptions, type TokensInContext, tokenMiddleware } from './middleware.ts';
export type { ReaderClient } from './slot.ts';
export { TokenError, type TokenErrorCode } from './token-error.ts';
