import pMap from 'p-map';
import type { Answer } from '../../functions/event.ts';
import { iso } from '../../functions/status.ts';
import { type Asked, act, ask, checkedReason, PARALLEL } from './act.ts';
import { knowsNothing } from './answer.ts';
import { aws, type Place } from './aws.ts';
import { choose } from './config.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { OpsError } from './ops-error.ts';
import { clock, parseDuration } from './words.ts';
import type { World } from './world.ts';

/** A pause that was forgotten ends by itself before too long: while it lasts, no alarm tells that a token expires. */
const LONGEST = '30d';

/** Makes connections leave their provider alone for a while. */
export const pause = async (
  world: World,
  place: Place,
  names: readonly string[],
  options: { readonly for: string; readonly reason?: string },
): Promise<ExitCode> => {
  const wanted = parseDuration('--for', options.for);
  if (wanted > parseDuration('--for', LONGEST)) {
    throw new OpsError(
      `--for "${options.for}" is too long: pause for ${LONGEST} at most, as nobody is alerted meanwhile when the token expires`,
    );
  }
  const until = world.now() + wanted;
  const event = { action: 'pause', until: iso(until), reason: checkedReason(options.reason) };
  return done(world, place, names, event, ({ expiresAt }) => {
    const dies = expiresAt !== null && Date.parse(expiresAt) < until;
    return [`paused until ${clock(until)}${dies ? ', and nobody is alerted when the token expires' : ''}`];
  });
};

/** Ends a pause. What became due meanwhile is done by the next tick. */
export const resume = async (
  world: World,
  place: Place,
  names: readonly string[],
  options: { readonly reason?: string },
): Promise<ExitCode> => {
  const event = { action: 'resume', reason: checkedReason(options.reason) };
  const unpaused = await notPaused(place, names);
  return done(world, place, names, event, ({ connection }) =>
    unpaused.has(connection) ? ['it was not paused'] : [],
  );
};

/** Those with nothing to resume, which no answer to `resume` tells. Where that is not known, nothing is said. */
const notPaused = async (place: Place, names: readonly string[]): Promise<ReadonlySet<string>> => {
  const reach = aws(place);
  const found = choose(await reach.connections(), names);
  const answers = await pMap(found, (config) => ask(reach, config, { action: 'status' }, place), {
    concurrency: PARALLEL,
  });
  return new Set(
    answers
      .filter((answer) => 'state' in answer && answer.state !== 'paused' && !knowsNothing(answer))
      .map(({ connection }) => connection),
  );
};

// What was asked for is done once it is written down, however the connection stands.
const done = async (
  world: World,
  place: Place,
  names: readonly string[],
  event: Asked['event'],
  notes?: Asked['notes'],
): Promise<ExitCode> => {
  const mark = (answer: Answer) => (knowsNothing(answer) ? 'not done' : 'done');
  const answers = await act(world, place, { names, all: false }, { event, mark, notes, json: false });
  return answers.some((answer) => 'error' in answer || knowsNothing(answer)) ? EXIT.failed : EXIT.ok;
};
