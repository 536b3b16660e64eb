import type { Status } from '../../functions/status.ts';
import { type Assessment, assess, exitCodeFor } from './assess.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { type CredentialsUse, useOf } from './credentials-use.ts';
import type { ExitCode } from './exit.ts';
import { explanation } from './explanation.ts';
import { painter } from './words.ts';
import type { World } from './world.ts';

/** Says in sentences how a connection stands, why, what happens next and what to do. */
export const explain = async (world: World, place: Place, name: string): Promise<ExitCode> => {
  const reach = aws(place);
  const found = choose(await reach.connections(), [name]);
  const statuses = await reach.statuses(found);
  const now = world.now();
  const paint = painter(world);
  const assessments: Assessment[] = [];
  for (const [at, config] of found.entries()) {
    const status = statuses[at] ?? null;
    const use = await useNow(reach, config, status);
    for (const { title, sentences } of explanation(config, status, now, command(world, place), use)) {
      world.stdout.write(`${paint('bold', title)}\n${sentences.map((line) => `  ${line}\n`).join('')}`);
    }
    assessments.push(assess(config, status, now, use));
  }
  return exitCodeFor(assessments);
};

/** Null where the versions of the secret cannot be listed: then the status has to do. */
const useNow = async (reach: Aws, config: Found, status: Status | null): Promise<CredentialsUse | null> => {
  try {
    return useOf(config, status, await reach.secretVersions(config.secretArn));
  } catch {
    return null;
  }
};
