import { scrub } from './scrub.ts';

/** Fields that describe an error, as `_`, `-` and capitals may vary them. Any other may hold a token or a session. */
const DESCRIBING = [
  'error',
  'code',
  'errorcode',
  'title',
  'errordescription',
  'description',
  'errormessage',
  'message',
  'msg',
  'detail',
  'reason',
];

/** What a token endpoint hands out (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3) and may echo beside an error. */
const TOKENS = ['access_token', 'refresh_token', 'id_token'];

/** What a provider says of its refusal, scrubbed: best effort over the shapes providers use, `error` first. */
export const providerText = (
  body: Readonly<Record<string, unknown>> | null,
  secrets: readonly string[],
): string => {
  const first = Array.isArray(body?.['errors']) ? body['errors'][0] : undefined;
  const texts = [body, body?.['error'], first].flatMap((source) =>
    DESCRIBING.flatMap((name) =>
      Object.entries<unknown>(source ?? {})
        .filter(([field]) => field.replace(/[-_]/g, '').toLowerCase() === name)
        .map(([, value]) => value),
    ),
  );
  const tokens = TOKENS.map((name) => body?.[name]);
  const isText = (value: unknown) => typeof value === 'string';
  return scrub([...new Set(texts.filter(isText))].join(', '), [...secrets, ...tokens.filter(isText)]);
};
