import pMap from 'p-map';
import type { Answer } from '../../functions/event.ts';
import { answerLine, type Failed, failedLine, type Mark, parseAnswer } from './answer.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { debugLines, sentenceFor } from './errors.ts';
import { OpsError } from './ops-error.ts';
import { progress } from './progress.ts';
import { painter } from './words.ts';
import type { World } from './world.ts';

export interface Asked {
  readonly event: { readonly action: string } & Readonly<Record<string, unknown>>;
  /** Whether an answer is what was hoped for. */
  readonly mark: (answer: Answer) => Mark;
  /** What the command knows beside the answer. @default nothing */
  readonly notes?: (answer: Answer) => readonly string[];
  /** One JSON array at the end instead of a line each. */
  readonly json: boolean;
}

/** Functions that run at the same time: little of an account's concurrency, and forty connections in a minute. */
export const PARALLEL = 5;
const REASON_MAX = 200;

/** Sends one event to some connections, and shows each answer as it comes. */
export const act = async (
  world: World,
  place: Place,
  { names, all }: { readonly names: readonly string[]; readonly all: boolean },
  asked: Asked,
): Promise<readonly (Answer | Failed)[]> => {
  if (names.length === 0 && !all) {
    throw new OpsError(`name the connections, or pass --all (${command(world, place)} status lists them)`);
  }
  if (names.length > 0 && all) throw new OpsError('name connections or pass --all, not both');
  const reach = aws(place);
  const found = choose(await reach.connections(), names);
  const waiting = new Set(found.map(({ connection }) => connection));
  const stillWaiting = () => `waiting for ${[...waiting].join(', ')}`;
  const paint = painter(world);
  const shown = progress(world, stillWaiting());
  const answers = await pMap(
    found,
    async (config) => {
      const answer = await ask(reach, config, asked.event, place);
      waiting.delete(config.connection);
      shown.update(stillWaiting());
      if (!asked.json) {
        shown.line(
          'error' in answer
            ? failedLine(answer, paint)
            : answerLine(answer, asked.mark(answer), world.now(), paint, asked.notes?.(answer)),
        );
      }
      return answer;
    },
    { concurrency: PARALLEL },
  );
  shown.stop();
  if (asked.json) world.stdout.write(`${JSON.stringify(answers, null, 2)}\n`);
  return answers;
};

/** One function that fails is no reason to leave the others: its failure is the answer. */
export const ask = async (
  reach: Aws,
  { connection, functionName }: Found,
  event: Asked['event'],
  place: Place,
): Promise<Answer | Failed> => {
  try {
    return parseAnswer(functionName, await reach.invoke(functionName, event));
  } catch (error) {
    for (const line of place.trace === undefined ? [] : debugLines(error)) place.trace?.(line);
    return { connection, error: sentenceFor(error, place) };
  }
};

/** @throws OpsError for a reason the function would refuse */
export const checkedReason = (reason: string | undefined): string | null => {
  if (reason !== undefined && reason.length > REASON_MAX) {
    throw new OpsError(`--reason has ${reason.length} characters: write at most ${REASON_MAX}`);
  }
  return reason ?? null;
};
