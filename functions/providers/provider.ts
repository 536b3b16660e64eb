import { ConfigurationError } from '../errors.ts';
import type { ClientAuthentication } from '../oauth/client-authentication.ts';
import type { CodeRefusal } from '../oauth/code-refusal.ts';

/** How one token endpoint is spoken to, with every setting filled in. */
export interface Dialect {
  readonly grant: 'client_credentials' | 'authorization_code';
  /** https; http only to loopback. */
  readonly tokenEndpoint: string;
  readonly clientAuthentication: ClientAuthentication;
  /** Documented lifetime of a token, used where a response does not say. */
  readonly lifetimeSeconds: number;
  /** Body parameters beside `grant_type`; a list repeats the name (RFC 8707 `resource`). */
  readonly parameters?: Readonly<Record<string, string | readonly string[]>>;
  /** `form` is application/x-www-form-urlencoded and the default. */
  readonly bodyFormat?: 'form' | 'multipart';
  /** authorization_code only: the redirect URIs a code may have been issued to, compared byte for byte. */
  readonly redirectUris?: readonly string[];
  /** authorization_code only: the provider's own words for why it refused a code, beside RFC 6749's error codes. */
  readonly refusals?: Readonly<Record<string, CodeRefusal>>;
}

/** Checks one setting. Answers what is wrong with it ("must be …, such as …"), or null. */
export type Check = (value: unknown) => string | null;

/** One provider: which settings it takes, and the dialect that follows from them. */
export interface Provider<Settings> {
  readonly settings: {
    readonly [Name in keyof Settings]-?: { readonly required: boolean; readonly check: Check };
  };
  readonly dialect: (settings: Settings) => Dialect;
}

export const required = (check: Check) => ({ required: true, check });
export const optional = (check: Check) => ({ required: false, check });

/**
 * The dialect of a provider with these settings.
 * @throws ConfigurationError with one sentence per wrong, missing or unknown setting, saying what to write.
 */
export const dialectOf = <Settings>(id: string, provider: Provider<Settings>, settings: unknown): Dialect => {
  const given = (settings ?? {}) as Readonly<Record<string, unknown>>;
  const known = Object.entries<{ readonly required: boolean; readonly check: Check }>(provider.settings);
  const faults: string[] = [];
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(provider.settings, name)) {
      const names = known.map(([known]) => known).join(', ');
      faults.push(`${id} has no setting "${name}": ${names === '' ? 'it takes none' : `it takes ${names}`}`);
    }
  }
  for (const [name, { required, check }] of known) {
    const value = given[name];
    if (value === undefined && !required) continue;
    const fault = check(value);
    if (fault !== null) faults.push(`${id}: ${name} ${value === undefined ? 'is missing: it ' : ''}${fault}`);
  }
  if (faults.length > 0) throw new ConfigurationError(faults.join('; '));
  return provider.dialect(given as Settings);
};

/** A non-empty string; `example` is shown to whoever wrote something else. */
export const nonEmpty =
  (what: string, example: string): Check =>
  (value) =>
    typeof value === 'string' && value.trim() !== '' ? null : `must be ${what}, such as "${example}"`;

export const oneOf =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value)
      ? null
      : `must be ${values.map((v) => `"${v}"`).join(' or ')}`;

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DNS_LABEL = new RegExp(`^${LABEL}$`);
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`);

/** One DNS label (RFC 1035 §2.3.1): it becomes part of the host the secret is sent to. */
export const dnsLabel =
  (example: string): Check =>
  (value) =>
    typeof value === 'string' && DNS_LABEL.test(value)
      ? null
      : `must be one DNS label (letters, digits and inner hyphens, 1 to 63), such as "${example}"`;

/** A host name without scheme, port or path. */
export const hostName =
  (example: string): Check =>
  (value) =>
    typeof value === 'string' && value.length <= 253 && HOST.test(value)
      ? null
      : `must be a host name without scheme, port or path, such as "${example}"`;

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** An https URL without credentials or fragment; http only to loopback. */
export const httpsUrl =
  (example: string): Check =>
  (value) => {
    const url = typeof value === 'string' ? URL.parse(value) : null;
    const secure = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
    return url !== null &&
      secure &&
      url.username === '' &&
      url.password === '' &&
      !String(value).includes('#')
      ? null
      : `must be an https URL, such as "${example}"`;
  };

export const urlList =
  (example: string): Check =>
  (value) =>
    Array.isArray(value) && value.length > 0 && value.every((item) => httpsUrl(example)(item) === null)
      ? null
      : `must be a non-empty list of https URLs, such as ["${example}"]`;

export const positiveSeconds =
  (example: number): Check =>
  (value) =>
    Number.isSafeInteger(value) && (value as number) > 0
      ? null
      : `must be a whole number of seconds above 0, such as ${example}`;

const RESERVED = ['grant_type', 'client_id', 'client_secret', 'scope', 'code', 'redirect_uri'];

/** What a secret is called, at the end of a name: `client_assertion`, `refresh_token`, `apiKey`. */
const SECRET = /(?:secret|key|password|assertion|token|code_verifier)$/i;

/** Body parameters; those the request itself is made of are refused, and so are secrets: they would be in the template. */
export const parameterMap =
  (example: string): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return `must be an object of strings, such as ${example}`;
    }
    const reserved = Object.keys(value).find((name) => RESERVED.includes(name));
    if (reserved !== undefined) return `must not contain "${reserved}": it is set by the request itself`;
    const secret = Object.keys(value).find((name) => SECRET.test(name));
    if (secret !== undefined) {
      return `must not contain "${secret}": by its name it is a secret, and what is set here stands in the template`;
    }
    const isText = (item: unknown) => typeof item === 'string';
    return Object.values(value).every((item) => isText(item) || (Array.isArray(item) && item.every(isText)))
      ? null
      : `must hold strings or lists of strings only, such as ${example}`;
  };
