import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from '../deployed/deployed.ts';
import { everythingOf, findLeaks } from './find-leaks.ts';
import { CANARIES, surfaces } from './surfaces.ts';

let bundle: ReturnType<typeof bundled>;
beforeAll(() => {
  bundle = bundled();
});
afterAll(() => bundle.remove());

describe.each(surfaces)('$name', ({ collect, says }) => {
  it('give no secret and no token away, in any spelling', async () => {
    const { text, canaries } = await collect(bundle.directory);
    expect(says.filter((word) => !text.includes(word))).toEqual([]);
    expect(findLeaks(text, canaries)).toEqual([]);

    // And it would have been found.
    for (const { name, value } of canaries) {
      const at = Math.floor(text.length / 2);
      expect(
        findLeaks(`${text.slice(0, at)}${value}${text.slice(at)}`, canaries).map((leak) => leak.name),
      ).toContain(name);
    }
  }, 120_000);
});

describe('the search for leaks', () => {
  const secret = CANARIES[0]?.value ?? '';
  const pair = CANARIES[1]?.value ?? '';
  const planted: readonly (readonly [string, string, string])[] = [
    ['as it is', secret, 'itself'],
    ['in base64', Buffer.from(secret).toString('base64'), 'base64'],
    ['in base64 without padding', Buffer.from(secret).toString('base64').replace(/=+$/, ''), 'base64'],
    ['in base64url', Buffer.from(secret).toString('base64url'), 'base64url'],
    ['in hexadecimal', Buffer.from(secret).toString('hex'), 'hexadecimal'],
    ['as HTTP Basic', `Basic ${Buffer.from(pair).toString('base64')}`, 'base64'],
    ['in a URL', `https://example.com/?s=${encodeURIComponent(secret)}`, 'percent-encoded'],
    [
      'in a URL in lower case',
      encodeURIComponent(secret).replace(/%../g, (octet) => octet.toLowerCase()),
      'percent-encoded in lower case',
    ],
    ['in a form', new URLSearchParams({ client_secret: secret }).toString(), 'form-encoded'],
    ['in JSON', JSON.stringify({ client_secret: secret }), 'JSON-escaped'],
    ['in JSON within JSON', JSON.stringify({ said: JSON.stringify({ secret }) }), 'JSON-escaped twice'],
    ['cut short', `${secret.slice(0, 8)}…`, 'its first 8 characters'],
    ['in an error', everythingOf(new Error(`no: ${secret}`)), 'itself'],
    [
      'in the cause of a cause',
      everythingOf(new Error('a', { cause: new Error('b', { cause: secret }) })),
      'itself',
    ],
    [
      'in a hidden field of an error',
      everythingOf(Object.defineProperty(new Error('a'), 'hidden', { value: pair, enumerable: false })),
      'itself',
    ],
    ['in an aggregate', everythingOf(new AggregateError([new Error(secret)], 'a')), 'itself'],
    ['in what console.log prints', inspect({ deeply: { nested: [secret] } }), 'its first 8 characters'],
  ];

  it.each(planted)('finds one that is planted %s', (_, text, as) => {
    expect(findLeaks(`before ${text} after`, CANARIES).map((leak) => leak.as)).toContain(as);
  });

  it('tells a leak without telling it', () => {
    const told = JSON.stringify(findLeaks(secret, CANARIES));
    expect(findLeaks(told, CANARIES)).toEqual([]);
  });

  it('finds nothing in a text that says nothing', () => {
    expect(findLeaks('uqudo: refreshed, client_id, client_secret, canary', CANARIES)).toEqual([]);
  });
});
