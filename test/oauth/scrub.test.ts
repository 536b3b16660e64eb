import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  clientSecretBasic,
  clientSecretBasicEncoded,
  formEncode,
} from '../../functions/oauth/client-authentication.ts';
import { scrub, secretsOf } from '../../functions/oauth/scrub.ts';

const SECRET = 'p%ss w"rd/+=ünï&x';
const secrets = secretsOf({ client_id: 'client-7', client_secret: SECRET });

describe('scrub', () => {
  it.each([
    ['as it is', SECRET],
    ['URL-encoded', encodeURIComponent(SECRET)],
    ['form-encoded', new URLSearchParams({ s: SECRET }).toString().slice(2)],
    ['JSON-escaped', JSON.stringify(SECRET).slice(1, -1)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
    ['in base64url', Buffer.from(SECRET).toString('base64url')],
    ['in a Basic header', Buffer.from(`client-7:${SECRET}`).toString('base64')],
    ['cut to its first 8 characters', SECRET.slice(0, 8)],
    ['cut to its last 6 characters', SECRET.slice(-6)],
  ])('masks a secret %s', (_, spelled) => {
    expect(scrub(`before ${spelled}|after`, secrets)).toBe('before ***|after');
  });

  const HTML = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };
  const QUOTED = { ...HTML, '"': '&quot;' };
  const html = (escapes: Record<string, string>) => (text: string) =>
    text.replace(/[&<>"']/g, (character) => escapes[character] ?? character);
  const lower = (text: string) => text.replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase());

  it.each<[string, (secret: string) => string]>([
    ['URL-encoded in lower case', (secret) => lower(encodeURIComponent(secret))],
    ['form-encoded in lower case', (secret) => lower(formEncode(secret))],
    ['in HTML', html(HTML)],
    ['in HTML with its quotes', html(QUOTED)],
    ["in HTML with &#39; for '", html({ ...QUOTED, "'": '&#39;' })],
    ["in HTML with &#x27; for '", html({ ...QUOTED, "'": '&#x27;' })],
    ["in HTML with &#039; for '", html({ ...QUOTED, "'": '&#039;' })],
    ["in HTML with &apos; for '", html({ ...QUOTED, "'": '&apos;' })],
    ['in HTML with &#34; for "', html({ ...HTML, '"': '&#34;', "'": '&#39;' })],
  ])('masks any secret %s, and any part of it', (_, spell) => {
    const character = fc.constantFrom(...'&<>"\'%/+=: aBcDeF0123ü');
    const secret = fc.string({ unit: character, minLength: 6, maxLength: 24 });
    fc.assert(
      fc.property(secret, fc.nat(), fc.nat(), (secret, from, length) => {
        const spelled = spell(secret);
        const start = from % (spelled.length - 5);
        const part = spelled.slice(start, start + 6 + (length % 24));
        expect(scrub(`§${spelled}§${part}§`, [secret])).toBe('§***§***§');
      }),
    );
  });

  it('masks what is no well-formed text, which no URL could hold', () => {
    expect(scrub('bad \ud800s3cret|', ['\ud800s3cret'])).toBe('bad ***|');
    expect(scrub('bad %EF%BF%BDs3cret|', ['\ud800s3cret'])).toBe('bad ***|');
  });

  it('masks every occurrence', () => {
    expect(scrub(`${SECRET};${SECRET}`, secrets)).toBe('***;***');
  });

  it('masks a secret of a few characters only as a whole', () => {
    expect(scrub('abc xabcx ab', ['abc'])).toBe('*** x***x ab');
  });

  it('leaves text without a secret as it is', () => {
    expect(scrub('invalid_client: no such client-7', secrets)).toBe('invalid_client: no such client-7');
  });

  it('an empty secret masks nothing', () => {
    expect(scrub('text', [''])).toBe('text');
  });

  it('turns control characters, line separators and runs of space into one space', () => {
    expect(scrub(' a\u0000\u001b[1mb\r\n\u2028\u202ec\u200bd ', [])).toBe('a [1mb c d');
  });

  it('keeps 200 characters and cuts beyond', () => {
    expect(scrub('x'.repeat(200), [])).toBe('x'.repeat(200));
    expect(scrub('x'.repeat(201), [])).toBe(`${'x'.repeat(199)}…`);
  });
});

describe('a Basic header that a provider quotes', () => {
  const credentials = { client_id: 'a client:7', client_secret: 'p@ss/w0rd+of&the=day' };

  it.each([
    ['raw', clientSecretBasic, 'client'],
    ['rfc6749', clientSecretBasicEncoded, 'client'],
    ['rfc6749, with an id that it changes', clientSecretBasicEncoded, 'a client:7'],
  ])('is masked as a whole where the encoding is %s', (_, authenticate, client_id) => {
    const used = { ...credentials, client_id };
    const { headers } = authenticate(used);
    expect(scrub(`bad header ${headers['authorization']}, sorry`, secretsOf(used))).toBe(
      'bad header Basic ***, sorry',
    );
  });
});

describe('what is masked', () => {
  it('is the secret, and not what stands beside it', () => {
    expect(scrub('client_secret=s3cretvalue&a=b', ['s3cretvalue'])).toBe('client_secret=***&a=b');
    expect(scrub('{"client_secret":"s3cretvalue"}', ['s3cretvalue'])).toBe('{"client_secret":"***"}');
  });

  it('is looked for in the first 4096 characters: no more is told', () => {
    expect(scrub(`${' '.repeat(4096)}later`, ['s3cretvalue'])).toBe('');
  });
});

describe('masking', () => {
  afterEach(() => vi.restoreAllMocks());

  it('looks at each character a few times, however long the token is that an answer echoes: all else waits for it', () => {
    const token = Array.from({ length: 20_000 }, (_, index) => index.toString(36))
      .join('')
      .slice(0, 55_000);
    const text = token.slice(-2000) + 'x'.repeat(2096);
    let looked = 0;
    const [slice, includes] = [String.prototype.slice, String.prototype.includes];
    vi.spyOn(String.prototype, 'slice').mockImplementation(function (this: string, ...range) {
      looked += 1;
      return slice.apply(this, range);
    });
    vi.spyOn(String.prototype, 'includes').mockImplementation(function (this: string, ...sought) {
      looked += this.length;
      return includes.apply(this, sought);
    });
    const scrubbed = scrub(text, [token]);
    vi.restoreAllMocks();
    expect(scrubbed).toBe(`***${'x'.repeat(196)}…`);
    expect(looked).toBeLessThan(10 * (text.length + token.length));
  });
});
