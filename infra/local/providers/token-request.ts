import type { IncomingHttpHeaders } from 'node:http';

/** A request as it arrived at a simulated provider. */
export interface ArrivedRequest {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Name and value pairs in the order they came. */
export type Pairs = readonly (readonly [string, string])[];

export interface ClientCredentials {
  readonly client_id: string;
  readonly client_secret: string;
}

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = /^multipart\/form-data; ?boundary=("?)([\w'()+,./:=? -]{1,70})\1$/;

/** Body parameters, or null where the content type is not exactly the one asked for or the body is none. */
export const bodyParameters = (
  { headers, body }: Pick<ArrivedRequest, 'headers' | 'body'>,
  format: 'form' | 'multipart',
): Pairs | null => {
  const type = headers['content-type'] ?? '';
  if (format === 'form') return type === FORM ? formPairs(body.toString('utf8')) : null;
  const boundary = MULTIPART.exec(type)?.[2];
  return boundary === undefined ? null : multipartPairs(body.toString('utf8'), boundary);
};

const formPairs = (text: string): Pairs => [...new URLSearchParams(text)];

/** RFC 7578: parts between boundaries, CRLF line ends, a name in each Content-Disposition, no file. */
const multipartPairs = (text: string, boundary: string): Pairs | null => {
  const parts = `\r\n${text}`.split(`\r\n--${boundary}`);
  if (parts.length < 3 || !/^--(?:\r\n)?$/.test(parts.at(-1) ?? '')) return null;
  const pairs = parts.slice(1, -1).map((part) => {
    const [, head = '', value = ''] = /^\r\n([\s\S]*?)\r\n\r\n([\s\S]*)$/.exec(part) ?? [];
    const name = /^content-disposition: form-data; name="([^"]+)"$/im.exec(head)?.[1];
    return name === undefined ? null : ([name, value] as const);
  });
  return pairs.every((pair) => pair !== null) ? pairs : null;
};

/** Credentials of an Authorization header as they are, without form-decoding; null where it is not Basic. */
export const basicCredentials = (header: string | undefined): ClientCredentials | null => {
  const encoded = /^Basic ([A-Za-z0-9+/]+={0,2})$/.exec(header ?? '')?.[1];
  const [, client_id, client_secret] =
    /^([^:]*):([\s\S]*)$/.exec(Buffer.from(encoded ?? '', 'base64').toString('utf8')) ?? [];
  return client_id === undefined || client_secret === undefined ? null : { client_id, client_secret };
};

/** The first name that occurs more than once. */
export const duplicate = (pairs: Pairs): string | null =>
  pairs.map(([name]) => name).find((name, index, names) => names.indexOf(name) !== index) ?? null;

export const parameterOf = (pairs: Pairs, name: string): string | null =>
  pairs.find(([found]) => found === name)?.[1] ?? null;
