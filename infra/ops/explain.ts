import { assess, exitCodeFor } from './assess.ts';
import { aws, type Place } from './aws.ts';
import { choose } from './config.ts';
import type { ExitCode } from './exit.ts';
import { explanation } from './explanation.ts';
import { painter } from './words.ts';
import { self, type World } from './world.ts';

/** Says in sentences how a connection stands, why, what happens next and what to do. */
export const explain = async (world: World, place: Place, name: string): Promise<ExitCode> => {
  const reach = aws(place);
  const found = choose(await reach.connections(), [name]);
  const statuses = await reach.statuses(found);
  const now = world.now();
  const paint = painter(world);
  for (const [at, config] of found.entries()) {
    const parts = explanation(config, statuses[at] ?? null, now, self(world));
    for (const { title, sentences } of parts) {
      world.stdout.write(`${paint('bold', title)}\n${sentences.map((line) => `  ${line}\n`).join('')}`);
    }
  }
  return exitCodeFor(found.map((config, at) => assess(config, statuses[at] ?? null, now)));
};
