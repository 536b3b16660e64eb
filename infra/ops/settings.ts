import { type ProviderId, providers } from '../../functions/providers/index.ts';
import type { Check } from '../../functions/providers/provider.ts';
import { OpsError } from './ops-error.ts';

type Settings = Readonly<Record<string, unknown>>;

/**
 * Settings from `--set key=value…`: a key given twice is a list, `parameters.audience=…` an entry of an object. A text
 * is taken as what the provider's own check of that setting accepts: itself, a number, a list of one. What no reading
 * satisfies stays as it is, for the check to say what is wrong with it. Pure.
 *
 * @throws OpsError for an entry that is no `key=value`
 */
export const parseSettings = (provider: string, entries: readonly string[]): Settings => {
  const given = new Map<string, string[]>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    if (at < 1) throw new OpsError('--set takes key=value, such as --set workspace=acme');
    const key = entry.slice(0, at);
    given.set(key, [...(given.get(key) ?? []), entry.slice(at + 1)]);
  }
  const checks = Object.hasOwn(providers, provider) ? providers[provider as ProviderId].settings : {};
  const settings: Record<string, unknown> = {};
  for (const [key, texts] of given) {
    const [name = '', inner] = key.split(/\.(.*)/s);
    if (inner === undefined) {
      const check = (checks as Readonly<Record<string, { readonly check: Check }>>)[name]?.check;
      settings[name] = reading(texts, check);
    } else {
      settings[name] = {
        ...(settings[name] as object | undefined),
        [inner]: texts.length === 1 ? texts[0] : texts,
      };
    }
  }
  return settings;
};

const reading = (texts: readonly string[], check: Check | undefined): unknown => {
  const [text] = texts;
  const readings: unknown[] = texts.length === 1 ? [text, Number(text), texts] : [texts];
  return readings.find((value) => check?.(value) === null) ?? readings[0];
};

/** The other way round: `--set key=value …` as it can be typed into a shell. Pure. */
export const setOptions = (settings: Settings): string =>
  Object.entries(settings)
    .flatMap(([key, value]) => entries(key, value))
    .map((entry) => `--set ${quoted(entry)}`)
    .join(' ');

const entries = (key: string, value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap((item) => entries(key, item));
  if (typeof value !== 'object' || value === null) return [`${key}=${value}`];
  return Object.entries(value).flatMap(([inner, item]) => entries(`${key}.${inner}`, item));
};

/** One word of a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
