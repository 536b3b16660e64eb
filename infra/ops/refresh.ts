import type { Answer } from '../../functions/event.ts';
import { act, checkedReason } from './act.ts';
import { exitCodeOfAnswers, isFresh } from './answer.ts';
import type { Place } from './aws.ts';
import type { ExitCode } from './exit.ts';
import type { World } from './world.ts';

interface Options {
  readonly all?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly json?: boolean;
}

/** Refreshes connections now, if it is time (or in any case, forced), and tells what each answered and why. */
export const refresh = async (
  world: World,
  place: Place,
  names: readonly string[],
  { all = false, force = false, reason, json = false }: Options,
): Promise<ExitCode> => {
  const event = { action: 'refresh', force, reason: checkedReason(reason) };
  const answers = await act(world, place, { names, all }, { event, mark, json });
  return exitCodeOfAnswers(answers, world.now());
};

const mark = (answer: Answer) => (isFresh(answer) ? 'done' : 'not done');
