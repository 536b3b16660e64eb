import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { RefreshError } from '../../functions/errors.ts';
import { tokenFrom } from '../../functions/oauth/token-response.ts';

const SENT_AT = Date.parse('2030-01-01T00:00:00Z');
const DOCUMENTED = 1800;
const SECRET = 'correct-horse-battery';

interface Wire {
  status?: number;
  body?: unknown;
  text?: string;
  retryAfter?: string;
  scope?: string;
}

const judge = ({ status = 200, body, text, retryAfter, scope }: Wire) =>
  tokenFrom(
    {
      status,
      retryAfter: retryAfter ?? null,
      body: Buffer.from(text ?? JSON.stringify(body)),
      sentAt: SENT_AT,
    },
    { lifetimeSeconds: DOCUMENTED, scope, secrets: [SECRET] },
  );

const refused = (wire: Wire): RefreshError => {
  try {
    judge(wire);
  } catch (error) {
    if (error instanceof RefreshError) return error;
    throw error;
  }
  throw new Error('a token was taken that should have been refused');
};

const good = { access_token: 'opaque-1', token_type: 'Bearer', expires_in: 3600 };
const seconds = (wire: Wire) => (judge(wire).expiresAt - SENT_AT) / 1000;
const jwt = (claims: unknown) =>
  ['{"alg":"none"}', JSON.stringify(claims), 'sig']
    .map((part) => Buffer.from(part).toString('base64url'))
    .join('.');
const inSeconds = (s: number) => SENT_AT / 1000 + s;

describe('lifetime', () => {
  it.each([
    [3600, 3600],
    ['3600', 3600],
    [3600.12, 3600],
    ['86400.92', 86_400],
    [1, 1],
    [1.999, 1],
    [2 ** 31, 2 ** 31],
    [2 ** 31 + 1, 2 ** 31],
    [1e300, 2 ** 31],
    ['99999999999999', 2 ** 31],
  ])('expires_in %j is taken as %d s, without a warning', (expires_in, expected) => {
    expect(seconds({ body: { ...good, expires_in } })).toBe(expected);
    expect(judge({ body: { ...good, expires_in } }).warnings).toEqual([]);
  });

  it.each([
    [undefined],
    [null],
    [''],
    [true],
    [{}],
    [[]],
    ['zzz'],
    ['3600abc'],
    ['0x10'],
    ['1e3'],
    [' 3600'],
    ['2030-01-01T01:00:00Z'],
  ])('expires_in %j is no number: the documented lifetime is taken, with a warning', (expires_in) => {
    const body = { ...good, expires_in };
    expect(seconds({ body })).toBe(DOCUMENTED);
    expect(judge({ body }).warnings).toEqual([expect.stringContaining('expires_in')]);
  });

  it.each([0, -1, '0', '-3600', 0.5, '0.9', -0])('expires_in %j is never stored as fresh', (expires_in) => {
    expect(refused({ body: { ...good, expires_in } })).toMatchObject({
      code: 'invalid_lifetime',
      kind: 'permanent',
    });
  });

  it('a JWT exp earlier than expires_in wins', () => {
    expect(seconds({ body: { ...good, access_token: jwt({ exp: inSeconds(600) }) } })).toBe(600);
  });

  it('a JWT exp later than expires_in does not', () => {
    expect(seconds({ body: { ...good, access_token: jwt({ exp: inSeconds(9999) }) } })).toBe(3600);
  });

  it('a JWT exp earlier than the documented lifetime wins where expires_in is missing', () => {
    const body = { ...good, access_token: jwt({ exp: inSeconds(600.9) }), expires_in: undefined };
    expect(seconds({ body })).toBe(600);
  });

  it('a JWT that is expired as issued is refused', () => {
    const body = { ...good, access_token: jwt({ exp: inSeconds(0) }) };
    expect(refused({ body })).toMatchObject({ code: 'invalid_lifetime', kind: 'permanent' });
  });

  it.each([
    ['no exp', jwt({ sub: 'x' })],
    ['a text for exp', jwt({ exp: '1' })],
    ['a zero exp', jwt({ exp: 0 })],
    ['a list for claims', jwt([1])],
    ['null for claims', jwt(null)],
    ['claims that are no JSON', 'a.b.c'],
    ['two parts', 'a.b'],
    ['four parts', `${jwt({ exp: 1 })}.d`],
  ])('a token with %s is scheduled by expires_in', (_, access_token) => {
    expect(seconds({ body: { ...good, access_token } })).toBe(3600);
  });

  it('counts from the moment the request was sent', () => {
    expect(judge({ body: good })).toMatchObject({ issuedAt: SENT_AT, expiresAt: SENT_AT + 3_600_000 });
  });
});

describe('fields', () => {
  it.each(['bearer', 'Bearer', 'BEARER'])('token_type %s is kept as spelled', (token_type) => {
    expect(judge({ body: { ...good, token_type } })).toMatchObject({ token_type, warnings: [] });
  });

  it.each([undefined, null, ''])('token_type %j is taken as Bearer, with a warning', (token_type) => {
    expect(judge({ body: { ...good, token_type } })).toMatchObject({
      token_type: 'Bearer',
      warnings: [expect.stringContaining('token_type')],
    });
  });

  it.each(['mac', 'DPoP', 'Bearer ', 'N_A', 1, {}])('token_type %j is refused', (token_type) => {
    expect(refused({ body: { ...good, token_type } })).toMatchObject({
      code: 'unsupported_token_type',
      kind: 'permanent',
    });
  });

  it.each([undefined, null, '', 12345, {}, ['opaque-1'], true])(
    'access_token %j is refused',
    (access_token) => {
      expect(refused({ body: { ...good, access_token } })).toMatchObject({
        code: 'invalid_access_token',
        kind: 'permanent',
        status: 200,
      });
    },
  );

  it.each(['null', '[]', '"a-token"', '42', '', '<html>Maintenance</html>', '{"access_token":'])(
    'a 200 with the body %j is no token response',
    (text) => {
      expect(refused({ text })).toMatchObject({ code: 'not_a_token_response', kind: 'permanent' });
    },
  );

  it.each([null, '', undefined])('scope %j is no scope', (scope) => {
    expect(judge({ body: { ...good, scope }, scope: 'a b' })).toMatchObject({ scope: null, warnings: [] });
  });

  it('a scope that is no string is dropped, with a warning', () => {
    expect(judge({ body: { ...good, scope: ['a'] } })).toMatchObject({
      scope: null,
      warnings: ['scope is not a string'],
    });
  });

  it('a scope in another order is what was asked for', () => {
    expect(judge({ body: { ...good, scope: 'b  a' }, scope: 'a b' })).toMatchObject({
      scope: 'b  a',
      warnings: [],
    });
  });

  it.each(['a', 'a b c', 'A b'])('a scope of "%s" where "a b" was asked for is a warning', (scope) => {
    expect(judge({ body: { ...good, scope }, scope: 'a b' }).warnings).toEqual([
      'scope is other than asked for',
    ]);
  });

  it('a scope nobody asked for is kept without a warning', () => {
    expect(judge({ body: { ...good, scope: 'scopes' } })).toMatchObject({ scope: 'scopes', warnings: [] });
  });

  it('unknown fields, a null refresh_token and an unverifiable id_token are ignored', () => {
    const body = { ...good, jti: 'x', refresh_token: null, id_token: 'not.a.jwt', error: null };
    expect(Object.keys(judge({ body })).sort()).toEqual(
      ['access_token', 'expiresAt', 'issuedAt', 'scope', 'token_type', 'warnings'].sort(),
    );
  });

  it.each(['a\rb', 'a\nb', 'a\0b', 'a b', ' a', 'a ', 'tökén', 'a\u2028b', 'a\x7fb', 'a\tb'])(
    'a token with a character outside visible ASCII is refused, and not shown (%#)',
    (access_token) => {
      const error = refused({ body: { ...good, access_token } });
      expect(error).toMatchObject({ code: 'invalid_access_token', kind: 'permanent' });
      expect(error.message).toBe('access_token holds a character that is not visible ASCII');
    },
  );

  it('a token with {{ is refused before SSM refuses it', () => {
    expect(refused({ body: { ...good, access_token: 'a{{b' } })).toMatchObject({
      code: 'invalid_access_token',
    });
  });

  it.each([4096, 4097, 8192])('a token of %d bytes is taken', (size) => {
    expect(judge({ body: { ...good, access_token: 'x'.repeat(size) } }).access_token).toHaveLength(size);
  });

  it('a token over 8192 bytes is refused with both sizes', () => {
    expect(refused({ body: { ...good, access_token: 'x'.repeat(8193) } })).toMatchObject({
      code: 'token_too_large',
      kind: 'permanent',
      message: 'access_token has 8193 bytes, the limit is 8192',
    });
  });

  it('a token of all the characters base64 and RFC 6750 use comes through as it is', () => {
    const access_token = "aZ09/+=.-_~!$&'()*,;:@%{}";
    expect(judge({ body: { ...good, access_token } }).access_token).toBe(access_token);
  });
});

describe('errors', () => {
  it.each([
    [400, { error: 'invalid_client' }],
    [401, { error: 'invalid_client', message: 'Client authentication failed' }],
    [401, { error: 'Forbidden', errorDescription: 'permission denied' }],
    [401, {}],
    [403, { reason: 'nope' }],
    [403, { error: 'access_denied' }],
    ...[401, 403].flatMap((status): [number, object][] => [
      [status, { error: 'temporarily_unavailable' }],
      [status, { error: 'server_error' }],
      [status, { error: 'slow_down' }],
      [status, { error: 'invalid_grant' }],
    ]),
  ])('HTTP %d %j: the credentials are rejected', (status, body) => {
    expect(refused({ status, body })).toMatchObject({
      code: 'credentials_rejected',
      kind: 'permanent',
      status,
    });
  });

  it.each([401, 403])('HTTP %d with an empty or foreign body: the credentials are rejected', (status) => {
    for (const text of ['', 'Unauthorized', '<html>']) {
      expect(refused({ status, text })).toMatchObject({ code: 'credentials_rejected', status });
    }
  });

  it.each([
    [400, { error: 'invalid_request' }],
    [400, { error: 'invalid_scope' }],
    [400, { error: 'unsupported_grant_type' }],
    [400, { error: 'unauthorized_client' }],
    [400, { error: 'Invalid request' }],
    [404, {}],
    [405, {}],
    [415, {}],
    [418, {}],
  ])('HTTP %d %j: the configuration is wrong', (status, body) => {
    expect(refused({ status, body })).toMatchObject({ code: 'request_rejected', kind: 'permanent', status });
  });

  it('HTTP 400 with an empty body is judged by its status', () => {
    expect(refused({ status: 400, text: '' })).toMatchObject({
      code: 'request_rejected',
      message: 'the provider rejected the request (HTTP 400)',
    });
  });

  it('invalid_grant asks for a person', () => {
    expect(refused({ status: 400, body: { error: 'invalid_grant' } })).toMatchObject({
      code: 'invalid_grant',
      kind: 'reauthorization',
    });
  });

  it.each([
    ['invalid_client', 'credentials_rejected'],
    ['invalid_scope', 'request_rejected'],
    ['invalid_grant', 'invalid_grant'],
    ['temporarily_unavailable', 'provider_unavailable'],
    ['server_error', 'provider_unavailable'],
    ['slow_down', 'rate_limited'],
  ])('a 200 with the error %s is that failure, even beside a token', (error, code) => {
    expect(refused({ body: { ...good, error } })).toMatchObject({ code, status: 200 });
  });

  it.each([[{ code: 7 }], [['no']], [true], [401], [' ']])(
    'a 200 with the error %j is a failure',
    (error) => {
      expect(refused({ body: { ...good, error } })).toMatchObject({ code: 'request_rejected', status: 200 });
    },
  );

  it.each([[null], [''], [false], [0], [{}], [[]]])('the error %j beside a token is none', (error) => {
    expect(judge({ body: { ...good, error } })).toMatchObject({ access_token: 'opaque-1', warnings: [] });
  });

  it.each([
    [{ error: 'e', errorDescription: 'camel' }, 'e, camel'],
    [{ error: 'e', error_description: 'snake' }, 'e, snake'],
    [{ error: 'e', message: 'plain' }, 'e, plain'],
    [{ errors: [{ code: 'c', message: 'listed' }] }, 'c, listed'],
    [{ code: 'c', message: 'm' }, 'c, m'],
    [{ title: 't', detail: 'd', status: 400 }, 't, d'],
    [{ error: { code: 'c', message: 'nested' } }, 'c, nested'],
    [{ Message: 'capital' }, 'capital'],
    [{ 'Error-Code': 'dashed' }, 'dashed'],
    [{ message: 'm', error: 'e', detail: 'd' }, 'e, m, d'],
    [{ error: 'e', message: 'e' }, 'e'],
    [{ errors: [null] }, ''],
    [{ errors: [] }, ''],
  ])('the text of %j is found', (body, text) => {
    const suffix = text === '' ? '' : `: ${text}`;
    expect(refused({ status: 400, body }).message).toBe(
      `the provider rejected the request (HTTP 400${suffix})`,
    );
  });

  it.each([
    'error',
    'code',
    'error_code',
    'errorCode',
    'title',
    'error_description',
    'errorDescription',
    'description',
    'error_message',
    'errorMessage',
    'message',
    'msg',
    'detail',
    'reason',
  ])('%s is a field that describes an error', (name) => {
    expect(refused({ status: 400, body: { [name]: 'why' } }).said).toBe('why');
  });

  it.each([200, 400, 401, 503])(
    'of HTTP %d no other field is told: it may be a token or a session',
    (status) => {
      const other = {
        refresh_token: 'rt_9f8e7d6c5b',
        id_token: 'idt_0a1b2c3d4e',
        session: 'sess_5f4e3d2c1b',
        set_password: 'pw_1a2b3c4d5e',
        description_token: 'dt_6f7a8b9c0d',
        anything: 'else_0f0f0f0f',
      };
      const body = { ...good, ...other, error: { ...other, code: 'no-luck' }, errors: [other] };
      expect(refused({ status, body }).said).toBe('no-luck');
      expect(refused({ status, body: { ...body, error: true } })).toMatchObject({
        said: '',
        message: expect.stringMatching(/^the provider [a-z ]+ \(HTTP \d{3}\)$/),
      });
    },
  );

  it.each([200, 204, 206])('HTTP %d with an empty body is no token response', (status) => {
    expect(refused({ status, text: '' })).toMatchObject({ code: 'not_a_token_response', status });
  });

  it('a 201 with a token is a token', () => {
    expect(judge({ status: 201, body: good }).access_token).toBe('opaque-1');
  });

  it('a UTF-8 byte order mark is no part of the JSON', () => {
    expect(judge({ text: `\ufeff${JSON.stringify(good)}` }).access_token).toBe('opaque-1');
  });

  it.each([500, 502, 503, 504, 408, 425, 520, 599])(
    'HTTP %d is transient, whatever its body says',
    (status) => {
      for (const text of ['', '<html>Bad Gateway</html>', '{"error":"invalid_client"}']) {
        expect(refused({ status, text })).toMatchObject({
          code: 'provider_unavailable',
          kind: 'transient',
          status,
        });
      }
    },
  );

  it.each([300, 301, 302, 303, 304, 307, 308])('HTTP %d is refused as a redirect', (status) => {
    expect(refused({ status, body: good })).toMatchObject({ code: 'redirected', kind: 'permanent', status });
  });

  it.each([429, 503])('HTTP %d carries its Retry-After in seconds', (status) => {
    expect(refused({ status, text: '', retryAfter: '120' })).toMatchObject({
      kind: 'transient',
      retryAfterSeconds: 120,
    });
  });

  it('a Retry-After on another status is not for us', () => {
    expect(refused({ status: 500, text: '', retryAfter: '120' }).retryAfterSeconds).toBeNull();
  });

  it.each(['soon', '-5', '1.5', ''])('Retry-After "%s" is ignored', (retryAfter) => {
    expect(refused({ status: 429, text: '', retryAfter }).retryAfterSeconds).toBeNull();
  });

  it('a token that is no well-formed text makes no refusal another failure', () => {
    const body = { error: 'invalid_request', access_token: '\ud800' };
    expect(refused({ status: 400, body })).toMatchObject({
      code: 'request_rejected',
      said: 'invalid_request',
    });
  });

  it('a Retry-After date counts from the request', () => {
    expect(
      refused({ status: 429, text: '', retryAfter: 'Tue, 01 Jan 2030 00:02:00 GMT' }).retryAfterSeconds,
    ).toBe(120);
  });

  it('provider text is printable, scrubbed and cut to 200 characters', () => {
    const body = { error: 'bad', message: `\u001b[31m${SECRET}\r\n${'x'.repeat(1_000_000)}` };
    const { message } = refused({ status: 400, body });
    expect(message).toMatch(/^[\x20-\x7e…]+$/);
    expect(message).not.toContain(SECRET);
    expect(message.length).toBeLessThan(260);
  });

  it.each(['access_token', 'refresh_token', 'id_token'])(
    'an %s echoed beside an error is scrubbed too',
    (name) => {
      const { said } = refused({ body: { ...good, [name]: 'echoed-token-9', error: 'x echoed-token-9' } });
      expect(said).toBe('x ***');
    },
  );
});

describe('what a refusal says', () => {
  it.each<[string, Wire, string]>([
    [
      'redirected',
      { status: 302, text: '' },
      'the token endpoint redirects (HTTP 302), which is never followed',
    ],
    ['not_a_token_response', { text: '' }, 'HTTP 200, but not a token response: no JSON object'],
    ['not_a_token_response', { text: 'null' }, 'HTTP 200, but not a token response: no JSON object'],
    ['invalid_access_token', { body: {} }, 'access_token is missing or not a non-empty string'],
    [
      'invalid_access_token',
      { body: { ...good, access_token: '' } },
      'access_token is missing or not a non-empty string',
    ],
    [
      'invalid_access_token',
      { body: { ...good, access_token: 'a b' } },
      'access_token holds a character that is not visible ASCII',
    ],
    [
      'invalid_access_token',
      { body: { ...good, access_token: 'a{{b' } },
      'access_token contains "{{", which SSM Parameter Store refuses',
    ],
    [
      'unsupported_token_type',
      { body: { ...good, token_type: 'mac' } },
      'token_type is not Bearer, the only type readers can use',
    ],
    [
      'invalid_lifetime',
      { body: { ...good, expires_in: 0 } },
      'the token is expired as issued: expires_in or its exp is in the past',
    ],
    ['rate_limited', { status: 429, body: {} }, 'the provider asks for fewer requests (HTTP 429)'],
    [
      'rate_limited',
      { status: 400, body: { error: 'slow_down' } },
      'the provider asks for fewer requests (HTTP 400: slow_down)',
    ],
    ['provider_unavailable', { status: 500, text: '' }, 'the provider is unavailable (HTTP 500)'],
    [
      'provider_unavailable',
      { status: 400, body: { error: 'server_error' } },
      'the provider is unavailable (HTTP 400: server_error)',
    ],
    [
      'invalid_grant',
      { status: 400, body: { error: 'invalid_grant' } },
      'the grant is not, or no longer, valid (HTTP 400: invalid_grant)',
    ],
    ['credentials_rejected', { status: 403, text: '' }, 'the provider rejected the credentials (HTTP 403)'],
    ['request_rejected', { status: 404, text: '' }, 'the provider rejected the request (HTTP 404)'],
    ['request_rejected', { status: 199, body: good }, 'the provider rejected the request (HTTP 199)'],
    [
      'request_rejected',
      { status: 422, body: { why: { deeply: 1 }, count: 7 } },
      'the provider rejected the request (HTTP 422)',
    ],
  ])('%s: %j', (code, wire, message) => {
    const error = refused(wire);
    expect(error).toMatchObject({ code, status: wire.status ?? 200, retryAfterSeconds: null });
    expect(error.message).toBe(message);
  });

  it('a list is no number of seconds', () => {
    expect(seconds({ body: { ...good, expires_in: ['3600'] } })).toBe(DOCUMENTED);
  });

  it('scopes that only look alike without their spaces are other scopes', () => {
    expect(judge({ body: { ...good, scope: 'ab' }, scope: 'a b' }).warnings).toEqual([
      'scope is other than asked for',
    ]);
  });
});

describe('the token that is stored already', () => {
  const answer = (access_token: string) =>
    tokenFrom(
      {
        status: 200,
        retryAfter: null,
        body: Buffer.from(JSON.stringify({ ...good, access_token, expires_in: 0 })),
        sentAt: SENT_AT,
      },
      { lifetimeSeconds: DOCUMENTED, secrets: [], isKnown: (token) => token === 'stored' },
    );

  it('answered once more at the end of its life is a transient failure: the next request gets another', () => {
    expect(() => answer('stored')).toThrow(
      expect.objectContaining({
        code: 'same_token_expired',
        kind: 'transient',
        status: 200,
        message: 'the provider answered with the same token again, and it expires now',
      }),
    );
  });

  it('is not any other token', () => {
    expect(() => answer('other')).toThrow(expect.objectContaining({ code: 'invalid_lifetime' }));
  });
});
