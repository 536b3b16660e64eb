import { ConfigurationError } from '../errors.ts';
import { alternativePayments } from './alternative-payments.ts';
import { igni } from './igni.ts';
import { oauth2 } from './oauth2.ts';
import { type Dialect, dialectOf, type Provider } from './provider.ts';
import { screeningEagle } from './screening-eagle.ts';
import { uaePass } from './uae-pass.ts';
import { uqudo } from './uqudo.ts';

/** The registry: what each provider id takes as settings. A new provider is one file, and its import and entry here. */
const registry = {
  uqudo,
  'uae-pass': uaePass,
  'screening-eagle': screeningEagle,
  'alternative-payments': alternativePayments,
  igni,
  oauth2,
};

type Registry = typeof registry;
export type ProviderId = keyof Registry;
export type ProviderSettings<Id extends ProviderId> =
  Registry[Id] extends Provider<infer Settings> ? Settings : never;
export const PROVIDER_IDS = Object.keys(registry) as readonly ProviderId[];

export const providers = registry;

/**
 * The dialect of a provider id with its settings.
 * @throws ConfigurationError for an unknown provider (with the known ones) or a wrong setting (saying what to write).
 */
export const dialect = (id: string, settings: unknown): Dialect => {
  if (!Object.hasOwn(registry, id)) {
    throw new ConfigurationError(`there is no provider "${id}": known are ${PROVIDER_IDS.join(', ')}`);
  }
  return dialectOf(id, registry[id as ProviderId] as Provider<unknown>, settings);
};
