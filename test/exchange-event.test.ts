import { describe, expect, it } from 'vitest';
import { parseHandIn } from '../functions/exchange-event.ts';

const good = { code: 'a-code', redirectUri: 'https://www.example.com/callback' };

describe('parseHandIn', () => {
  it('takes a code and the redirect URI it was issued for', () => {
    expect(parseHandIn(good)).toEqual({ ...good, subject: null, codeVerifier: null });
  });

  it('takes an opaque subject and a PKCE code verifier', () => {
    const codeVerifier = 'v'.repeat(43);
    expect(parseHandIn({ ...good, subject: 'Person_1-a', codeVerifier })).toEqual({
      ...good,
      subject: 'Person_1-a',
      codeVerifier,
    });
  });

  it.each([
    ['no object', null, 'the event must be a JSON object'],
    ['a list', [good], 'the event must be a JSON object'],
    ['no code', { redirectUri: good.redirectUri }, 'event.code'],
    ['an empty code', { ...good, code: '' }, 'event.code'],
    ['a code that is a number', { ...good, code: 1 }, 'event.code'],
    ['a code with a line break', { ...good, code: 'canary\r\n' }, 'event.code'],
    ['no redirect URI', { code: 'canary' }, 'event.redirectUri'],
    ['a misspelt field', { ...good, redirect_uri: 'canary' }, 'known are code, redirectUri, subject'],
    ['state, which the caller has to verify', { ...good, state: 'canary' }, 'known are code'],
    ['a subject with a slash', { ...good, subject: 'canary/other' }, 'event.subject'],
    ['an empty subject', { ...good, subject: '' }, 'event.subject'],
    ['a subject of 65 characters', { ...good, subject: 's'.repeat(65) }, 'event.subject'],
    ['an Emirates ID as subject', { ...good, subject: '784-1990-1234567-1' }, 'looks like an Emirates ID'],
    ['an Emirates ID without hyphens', { ...good, subject: '784199012345671' }, 'looks like an Emirates ID'],
    ['a code verifier that is too short', { ...good, codeVerifier: 'canary' }, 'event.codeVerifier'],
  ])('refuses %s, names the field and shows no value', (_, event, said) => {
    const parse = () => parseHandIn(event);
    expect(parse).toThrow(said);
    expect(parse).toThrow(/^(?!.*(?:canary|784-|7841))/);
  });
});
