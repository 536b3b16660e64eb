import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { jwtExp } from '../../functions/oauth/jwt.ts';

const part = (json: string) => Buffer.from(json).toString('base64url');
const token = (claims: string) => `${part('{"alg":"HS256"}')}.${part(claims)}.signature`;

describe('exp of a JWT', () => {
  it.each([
    ['{"exp":1893456000}', 1_893_456_000],
    ['{"exp":0.5}', 0.5],
    ['{"sub":"ü","exp":1893456000}', 1_893_456_000],
  ])('of %s is read', (claims, exp) => {
    expect(jwtExp(token(claims))).toBe(exp);
  });

  it.each([
    '{}',
    '{"exp":"1893456000"}',
    '{"exp":null}',
    '{"exp":0}',
    '{"exp":-1}',
    'null',
    '[]',
    '7',
    '"x"',
    '{',
  ])('of %s is unknown', (claims) => {
    expect(jwtExp(token(claims))).toBeNull();
  });

  it.each([
    ['opaque', 'opaque'],
    ['two parts', `${part('{}')}.${part('{"exp":1893456000}')}`],
    ['four parts', `${token('{"exp":1893456000}')}.more`],
    ['five parts, encrypted', `${token('{"exp":1893456000}')}.more.still`],
    ['no payload', 'header..signature'],
    ['empty', ''],
  ])('of what is no signed JWT (%s) is unknown', (_, text) => {
    expect(jwtExp(text)).toBeNull();
  });
});
