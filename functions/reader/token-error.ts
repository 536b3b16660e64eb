/**
 * Why no token was handed out.
 *
 * - `invalid_argument`: the name or an option cannot be used; the message says what to write.
 * - `token_missing`: the parameter does not exist: no token yet, or another prefix, account or region.
 * - `ssm_failed`: the read failed and no earlier token is in hand; `cause` is the SDK's error.
 */
export type TokenErrorCode = 'invalid_argument' | 'token_missing' | 'ssm_failed';

/** A token that could not be read. Neither the message nor the cause ever holds a token. */
export class TokenError extends Error {
  readonly code: TokenErrorCode;

  constructor(code: TokenErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'TokenError';
    this.code = code;
  }
}
