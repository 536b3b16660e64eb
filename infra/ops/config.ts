import type { ConnectionConfig } from '../../functions/connection.ts';
import { OpsError } from './ops-error.ts';

/** What the config parameter says of one connection, and its name. */
export interface Found extends ConnectionConfig {
  readonly connection: string;
}

const TEXTS = ['provider', 'functionName', 'secretArn', 'tokenParameter', 'statusParameter'] as const;
const SECONDS = ['lifetimeSeconds', 'renewBeforeSeconds', 'tickSeconds', 'safeCacheSeconds'] as const;

/** Reads a config parameter. @throws OpsError naming the parameter and the field */
export const parseConfig = (name: string, value: string): Found => {
  const fault = (what: string) =>
    new OpsError(`${name} ${what}: it is made by the stack, so deploy the stack again`);
  let found: unknown;
  try {
    found = JSON.parse(value);
  } catch {
    throw fault('is not JSON');
  }
  if (typeof found !== 'object' || found === null) throw fault('is not a JSON object');
  const fields = found as Readonly<Record<string, unknown>>;
  for (const field of TEXTS) {
    if (typeof fields[field] !== 'string' || fields[field] === '') throw fault(`has no ${field}`);
  }
  for (const field of SECONDS) {
    if (typeof fields[field] !== 'number') throw fault(`has no number ${field}`);
  }
  const settings = fields['settings'] ?? {};
  if (typeof settings !== 'object' || Array.isArray(settings)) throw fault('has settings that are no object');
  const connection = name.slice(name.lastIndexOf('/') + 1);
  return { ...(found as ConnectionConfig), connection };
};

/**
 * Those of the connections that were named, in the order they were named; all of them where none was.
 * @throws OpsError with the known names for one that is not there
 */
export const choose = (found: readonly Found[], names: readonly string[]): readonly Found[] => {
  if (names.length === 0) return found;
  const known = new Map(found.map((config) => [config.connection, config]));
  return [...new Set(names)].map((name) => {
    const config = known.get(name);
    if (config !== undefined) return config;
    throw new OpsError(`there is no connection "${name}": known are ${[...known.keys()].join(', ')}`);
  });
};
