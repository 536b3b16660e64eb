import { DEFAULT_PREFIX } from '../names.ts';
import type { Place } from './aws.ts';
import { quoted } from './settings.ts';
import { self, type World } from './world.ts';

/**
 * This command line as it can be typed again, in any shell, for messages that name a command: it looks where this one
 * looked. A verb without it would act on the stack of the same connections in another place.
 */
export const command = (world: Pick<World, 'env'>, { prefix, region, profile }: Place): string => {
  const isDefault = prefix === DEFAULT_PREFIX && world.env['TOKEN_REFRESHER_PREFIX'] === undefined;
  return [
    self(world),
    ...(isDefault ? [] : [`--prefix ${quoted(prefix)}`]),
    ...(region === undefined ? [] : [`--region ${quoted(region)}`]),
    ...(profile === undefined ? [] : [`--profile ${quoted(profile)}`]),
  ].join(' ');
};
