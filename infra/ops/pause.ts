import type { Answer } from '../../functions/event.ts';
import { iso } from '../../functions/status.ts';
import { type Asked, act, checkedReason } from './act.ts';
import { knowsNothing } from './answer.ts';
import type { Place } from './aws.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { parseDuration } from './words.ts';
import type { World } from './world.ts';

/** Makes connections leave their provider alone for a while. */
export const pause = async (
  world: World,
  place: Place,
  names: readonly string[],
  options: { readonly for: string; readonly reason?: string },
): Promise<ExitCode> => {
  const until = iso(world.now() + parseDuration('--for', options.for));
  const event = { action: 'pause', until, reason: checkedReason(options.reason) };
  return done(world, place, names, event);
};

/** Ends a pause. What became due meanwhile is done by the next tick. */
export const resume = async (
  world: World,
  place: Place,
  names: readonly string[],
  options: { readonly reason?: string },
): Promise<ExitCode> =>
  done(world, place, names, { action: 'resume', reason: checkedReason(options.reason) });

// What was asked for is done once it is written down, however the connection stands.
const done = async (
  world: World,
  place: Place,
  names: readonly string[],
  event: Asked['event'],
): Promise<ExitCode> => {
  const mark = (answer: Answer) => (knowsNothing(answer) ? 'not done' : 'done');
  const answers = await act(world, place, { names, all: false }, { event, mark, json: false });
  return answers.some((answer) => 'error' in answer || knowsNothing(answer)) ? EXIT.failed : EXIT.ok;
};
