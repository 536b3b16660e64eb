import { Buffer } from 'node:buffer';
import { type Credentials, formEncode } from './client-authentication.ts';

const MAX_CHARACTERS = 200;
const MAX_SCANNED = 4096;
const SHORTEST_TRACE = 6;
const MASK = '***';

/** How common libraries write `"` and `'` in HTML. */
const QUOTES = [
  ['"', "'"],
  ['&quot;', "'"],
  ['&quot;', '&#39;'],
  ['&quot;', '&#x27;'],
  ['&quot;', '&#039;'],
  ['&quot;', '&apos;'],
  ['&#34;', '&#39;'],
] as const;

/** Every way a secret may come back in a text. */
const spellings = (secret: string): string[] => [
  secret,
  ...anyCase(encodeURIComponent(secret.toWellFormed())),
  ...anyCase(formEncode(secret)),
  ...inHtml(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('base64url'),
];

const anyCase = (encoded: string) => [encoded, encoded.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())];

const inHtml = (secret: string): string[] => {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return QUOTES.map(([double, single]) => text.replaceAll('"', double).replaceAll("'", single));
};

/** The secrets a provider could echo after a request with these credentials. */
export const secretsOf = ({ client_id, client_secret }: Credentials): string[] => [
  client_secret,
  Buffer.from(`${client_id}:${client_secret}`).toString('base64'),
  Buffer.from(`${formEncode(client_id)}:${formEncode(client_secret)}`).toString('base64'),
];

/**
 * Provider text, fit for a log: known secrets and any part of one from 6 characters on are masked, control
 * characters become spaces, and what is left is cut to 200 characters.
 */
export const scrub = (text: string, secrets: readonly string[]): string => {
  // Masked before anything else is changed, so that no change can hide a secret from the mask.
  const masked = mask(text.slice(0, MAX_SCANNED), new Set(secrets.flatMap(spellings)));
  const printable = masked
    .replace(/[\p{C}\u2028\u2029]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return printable.length > MAX_CHARACTERS ? `${printable.slice(0, MAX_CHARACTERS - 1)}…` : printable;
};

const mask = (text: string, secrets: ReadonlySet<string>): string => {
  const traces = tracesIn(text, secrets);
  const hidden = new Set<number>();
  for (let length = 1; length <= SHORTEST_TRACE; length += 1) {
    for (const [at, piece] of pieces(text, length)) {
      if (!traces.has(piece)) continue;
      for (let offset = 0; offset < length; offset += 1) hidden.add(at + offset);
    }
  }
  let result = '';
  for (let at = 0; at < text.length; at += 1) {
    if (!hidden.has(at)) result += text[at];
    else if (!hidden.has(at - 1)) result += MASK;
  }
  return result;
};

/**
 * What there is of the secrets in a text, in pieces of the shortest length that counts. Each is looked at once: a token can
 * fill an answer, and to look for each piece of the text in it would hold up everything else for seconds.
 */
const tracesIn = (text: string, secrets: ReadonlySet<string>): Set<string> => {
  const there = new Set([...pieces(text, SHORTEST_TRACE)].map(([, piece]) => piece));
  // One that is shorter counts as a whole.
  const traces = new Set(secrets);
  for (const secret of secrets) {
    for (const [, piece] of pieces(secret, SHORTEST_TRACE)) if (there.has(piece)) traces.add(piece);
  }
  return traces;
};

function* pieces(text: string, length: number): Generator<[at: number, piece: string]> {
  for (let at = 0; at + length <= text.length; at += 1) yield [at, text.slice(at, at + length)];
}
