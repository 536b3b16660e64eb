/** One answer of a token endpoint: an object is sent as JSON, a string as it is. */
export interface ResponseVector {
  readonly name: string;
  readonly status: number;
  readonly body: unknown;
}

const good = { access_token: 'opaque-1', token_type: 'Bearer', expires_in: 3600 };
const named = (name: string, body: unknown, status = 200): ResponseVector => ({ name, status, body });
const each = (values: readonly unknown[], field: string, status = 200): ResponseVector[] =>
  values.map((value) =>
    named(
      value === undefined ? `no ${field}` : `${field} ${JSON.stringify(value)}`,
      { ...good, [field]: value },
      status,
    ),
  );

/** What token endpoints were seen or feared to answer to a client_credentials request. */
export const RESPONSE_VECTORS: readonly ResponseVector[] = [
  named('the least RFC 6749 asks for', { access_token: 'opaque-1', token_type: 'Bearer' }),
  named('everything RFC 6749 knows', { ...good, refresh_token: 'r-1', scope: 'a b' }),
  named('unknown fields', { ...good, jti: 'x', created_at: 1 }),
  named('a UTF-8 byte order mark', `\ufeff${JSON.stringify(good)}`),
  named('a doubled field', '{"access_token":"a","access_token":"b","token_type":"Bearer"}'),
  named('a 201', good, 201),
  named('a 203', good, 203),
  named('a 206', good, 206),

  ...each([undefined, null, '', 12345, {}, ['opaque-1'], true], 'access_token'),
  ...each(['a b', ' a', 'a\nb', 'a\0b', 'tökén', 'a{{b'], 'access_token'),
  named('an access_token of 8193 bytes', { ...good, access_token: 'x'.repeat(8193) }),
  named('an access_token of 8192 bytes', { ...good, access_token: 'x'.repeat(8192) }),

  ...each(['bearer', 'BEARER', undefined, null, '', 'mac', 'DPoP', 'N_A', 1, {}], 'token_type'),
  ...each([1, 3600.12, '3600', '86400.92', 2 ** 31 + 1, 1e300], 'expires_in'),
  ...each([undefined, null, '', true, {}, [], 'zzz', '3600abc', '0x10', '1e3', ' 3600'], 'expires_in'),
  ...each([0, -1, 0.5, '0', '-3600'], 'expires_in'),
  ...each(['a', '', null, ['a'], 7], 'scope'),
  ...each([null, '', 7, 'r-1'], 'refresh_token'),
  ...each([null, '', 7, 'not.a.jwt', 'e30.e30.c2ln'], 'id_token'),

  ...['null', '[]', '"a-token"', '42', '', '<html>Maintenance</html>', '{"access_token":'].map((body) =>
    named(`the body ${JSON.stringify(body)}`, body),
  ),
  named('a 204', '', 204),

  ...['invalid_client', 'invalid_grant', 'invalid_scope', 'temporarily_unavailable'].map((error) =>
    named(`a 200 with the error ${error} beside a token`, { ...good, error }),
  ),
  named('a 200 with an error and no token', { error: 'invalid_client' }),
  named('a 200 with an error object beside a token', { ...good, error: { code: 7 } }),
  ...[true, 401].map((error) => named(`a 200 with the error ${error} beside a token`, { ...good, error })),
  ...[null, false, 0, {}, []].map((error) =>
    named(`a 200 with the empty error ${JSON.stringify(error)} beside a token`, { ...good, error }),
  ),

  ...[400, 401, 403, 404, 418, 429, 500, 502, 503].flatMap((status) => [
    named(`a ${status} with an error`, { error: 'invalid_client' }, status),
    named(`a ${status} without a body`, '', status),
    named(`a ${status} with a token`, good, status),
  ]),
  ...[301, 302, 303, 307, 308].map((status) => named(`a ${status} with a token`, good, status)),
];
