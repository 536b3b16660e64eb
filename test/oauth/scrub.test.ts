import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
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
