import { Buffer } from 'node:buffer';
import { inspect } from 'node:util';

/** A value that must not come out anywhere. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** A leak, told without the value. */
export interface Leak {
  readonly name: string;
  /** How the value was spelled. */
  readonly as: string;
}

/** How many characters of a value already give it away. */
const TRACE = 8;

const formEncoded = (value: string) => new URLSearchParams([['', value]]).toString().slice(1);

/** Every way in which a value may come out. `Basic` wants the pair of id and secret as a canary of its own. */
const spellings = (value: string): readonly (readonly [string, string])[] => [
  ['itself', value],
  ['base64', unpadded(Buffer.from(value).toString('base64'))],
  ['base64url', unpadded(Buffer.from(value).toString('base64url'))],
  ['hexadecimal', Buffer.from(value).toString('hex')],
  ['percent-encoded', encodeURIComponent(value)],
  ['percent-encoded in lower case', lowerEscapes(encodeURIComponent(value))],
  ['form-encoded', formEncoded(value)],
  ['JSON-escaped', JSON.stringify(value).slice(1, -1)],
  ['JSON-escaped twice', JSON.stringify(JSON.stringify(value).slice(1, -1)).slice(1, -1)],
  [`its first ${TRACE} characters`, value.slice(0, TRACE)],
];

const unpadded = (text: string) => text.replace(/=+$/, '');
const lowerEscapes = (text: string) => text.replace(/%[0-9A-F]{2}/g, (octet) => octet.toLowerCase());

/**
 * The canaries of a pair of credentials: the secret, `id:secret`, and the end of the header that HTTP Basic makes of
 * them, raw or form-encoded, since a mask that takes only its beginning would leave the secret.
 */
export const credentialCanaries = (client_id: string, client_secret: string): Canary[] => [
  { name: 'client_secret', value: client_secret },
  { name: 'client_id:client_secret', value: `${client_id}:${client_secret}` },
  { name: 'the end of a raw Basic header', value: endOfBasic(`${client_id}:${client_secret}`) },
  {
    name: 'the end of a form-encoded Basic header',
    value: endOfBasic(`${formEncoded(client_id)}:${formEncoded(client_secret)}`),
  },
];

const endOfBasic = (pair: string) => Buffer.from(pair).toString('base64').slice(-16);

/**
 * Which canaries a text gives away. A pair `id:secret` is not given away by the beginning of its id alone, so of values
 * with a colon the first characters count only where they reach beyond it.
 */
export const findLeaks = (text: string, canaries: readonly Canary[]): Leak[] =>
  canaries.flatMap(({ name, value }) =>
    spellings(value)
      .filter(([as]) => !(as.startsWith('its first') && value.slice(0, -1).includes(':')))
      .filter(([, spelled]) => spelled !== '' && text.includes(spelled))
      .map(([as]) => ({ name, as })),
  );

/** An error as widely as anything could ever print it: message, stack, own fields, hidden ones, causes. */
export const everythingOf = (error: unknown): string =>
  [
    inspect(error, { depth: 12, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    String(error),
    error instanceof Error ? `${error.stack}${everythingOf(error.cause ?? '')}` : '',
    JSON.stringify(error, error instanceof Error ? Object.getOwnPropertyNames(error) : undefined) ?? '',
  ].join('\n');
