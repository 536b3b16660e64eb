/** How the functions judge a response that oauth4webapi judges otherwise, and why. */
export interface Difference {
  /** `another lifetime`: both accept it and read its `expires_in` otherwise. */
  readonly here: 'accepted' | 'refused' | 'another lifetime';
  readonly because: string;
}

const because = (here: Difference['here'], reason: string, names: readonly string[]) =>
  names.map((name): [string, Difference] => [name, { here, because: reason }]);

/** By the name of the response, see response-vectors.ts. */
export const DIFFERENCES: Readonly<Record<string, Difference>> = Object.fromEntries([
  ...because('accepted', 'A token is a token: any 2xx is a success (RFC 9110 §15.3).', [
    'a 201',
    'a 203',
    'a 206',
  ]),
  ...because('accepted', 'Endpoints leave token_type out; a missing one can only mean Bearer.', [
    'no token_type',
    'token_type null',
    'token_type ""',
  ]),
  ...because('accepted', 'The documented lifetime is known and taken instead, with a warning.', [
    'expires_in null',
    'expires_in ""',
    'expires_in true',
    'expires_in {}',
    'expires_in []',
    'expires_in "zzz"',
  ]),
  ...because('accepted', 'The field is not used: a fault in it is no reason to be without a token.', [
    'scope null',
    'scope ["a"]',
    'scope 7',
    'refresh_token null',
    'refresh_token ""',
    'refresh_token 7',
    'id_token null',
    'id_token ""',
    'id_token 7',
    'id_token "not.a.jwt"',
    'id_token "e30.e30.c2ln"',
  ]),
  ...because(
    'another lifetime',
    'No number: the documented lifetime is surer than what parseFloat makes of it.',
    ['expires_in "3600abc"', 'expires_in "0x10"', 'expires_in "1e3"', 'expires_in " 3600"'],
  ),
  ...because('another lifetime', 'Whole seconds, rounded down, and at most 2³¹.', [
    'expires_in 3600.12',
    'expires_in "86400.92"',
    'expires_in 2147483649',
    'expires_in 1e+300',
  ]),
  ...because('refused', 'A token that is expired as issued must not be stored as fresh.', [
    'expires_in 0',
    'expires_in 0.5',
    'expires_in "0"',
  ]),
  ...because(
    'refused',
    'Readers send the token as a header: only visible ASCII can be one (RFC 6750 §2.1).',
    [
      'access_token "a b"',
      'access_token " a"',
      'access_token "a\\nb"',
      'access_token "a\\u0000b"',
      'access_token "tökén"',
    ],
  ),
  ...because('refused', 'SSM Parameter Store refuses a value with "{{".', ['access_token "a{{b"']),
  ...because('refused', 'SSM Parameter Store holds 8192 bytes.', ['an access_token of 8193 bytes']),
  ...because('refused', 'No proof of possession: such a token would be useless to its readers.', [
    'token_type "DPoP"',
  ]),
  ...because(
    'refused',
    'Some endpoints answer errors with 200: a token beside an error is not to be trusted.',
    [
      'a 200 with the error invalid_client beside a token',
      'a 200 with the error invalid_grant beside a token',
      'a 200 with the error invalid_scope beside a token',
      'a 200 with the error temporarily_unavailable beside a token',
      'a 200 with an error object beside a token',
      'a 200 with the error true beside a token',
      'a 200 with the error 401 beside a token',
    ],
  ),
]);
