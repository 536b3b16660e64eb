import pMap from 'p-map';
import type { Answer } from '../../functions/event.ts';
import { ask, PARALLEL } from './act.ts';
import { answerLine, type Failed, failedLine } from './answer.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { useOf } from './credentials-use.ts';
import { sentenceFor } from './errors.ts';
import type { ExitCode } from './exit.ts';
import { type GateVerdict, gateExitCode, gateVerdict, mayStillPass, passes } from './gate.ts';
import { progress } from './progress.ts';
import { painter, parseDuration } from './words.ts';
import type { World } from './world.ts';

interface Options {
  readonly wait: string;
  readonly allowAwaiting?: boolean;
  readonly json?: boolean;
}

interface Judged {
  readonly config: Found;
  readonly answer: Answer | Failed;
  readonly verdict: GateVerdict;
}

const AGAIN_MS = 30_000;

/**
 * The gate behind a deploy: every function is asked to refresh if it is time, which proves that it starts, reads its
 * status and its secret. Those that are not fresh are forced once, as the deploy may have mended them, and asked again
 * every half minute until the wait is over, unforced: a pause, a `Retry-After` and backoff count from then on. A rejection
 * is taken for an answer, so that no account gets locked.
 */
export const verify = async (
  world: World,
  place: Place,
  names: readonly string[],
  { wait, allowAwaiting = false, json = false }: Options,
): Promise<ExitCode> => {
  const deadline = world.now() + parseDuration('--wait', wait);
  const reach = aws(place);
  const found = choose(await reach.connections(), names);
  const shown = progress(world, `asking ${found.length} functions`);
  const judged: Judged[] = [];
  try {
    let open: readonly Found[] = found;
    const forced = new Set<string>();
    for (let first = true; open.length > 0; first = false) {
      const force = ({ connection }: Found): boolean => !first && !forced.has(connection);
      const round = await judge(world, place, reach, open, force);
      for (const { config, answer } of round) {
        if (force(config) && 'outcome' in answer) forced.add(config.connection);
      }
      const last = world.now() >= deadline;
      const over = round.filter((each) => isOver(each, first, last));
      if (!json) for (const each of over) shown.line(judgedLine(each, allowAwaiting, world));
      judged.push(...over);
      open = round.filter((each) => !over.includes(each)).map(({ config }) => config);
      shown.update(`waiting for ${open.map(({ connection }) => connection).join(', ')}`);
      if (!first && open.length > 0) await world.wait(Math.min(AGAIN_MS, deadline - world.now()));
    }
  } finally {
    shown.stop();
  }
  world.stdout.write(
    json
      ? `${JSON.stringify(judged.map(toJson), null, 2)}\n`
      : `${closing(judged, allowAwaiting, world, place)}\n`,
  );
  return gateExitCode(
    judged.map(({ verdict }) => verdict),
    allowAwaiting,
  );
};

const judge = async (
  world: World,
  place: Place,
  reach: Aws,
  open: readonly Found[],
  force: (config: Found) => boolean,
): Promise<readonly Judged[]> => {
  const event = (config: Found) => ({ action: 'refresh', force: force(config), reason: 'verify' });
  const answers = await pMap(open, (config) => ask(reach, config, event(config), place), {
    concurrency: PARALLEL,
  });
  const statuses = await reach.statuses(open);
  const judged: Judged[] = [];
  for (const [at, config] of open.entries()) {
    const [answer, status = null] = [answers[at], statuses[at]];
    if (answer === undefined) continue;
    const verdict = gateVerdict(config, answer, status, world.now());
    const waits = verdict === 'awaiting-login' && (await isEmpty(world, place, reach, config));
    judged.push({ config, answer, verdict: waits ? 'awaiting-credentials' : verdict });
  }
  return judged;
};

/** Whether a login would fail for want of credentials: no run of the refresh function reads this secret. */
const isEmpty = async (world: World, place: Place, reach: Aws, config: Found): Promise<boolean> => {
  try {
    return useOf(config, null, await reach.secretVersions(config.secretArn)) === 'empty';
  } catch (error) {
    const why = sentenceFor(error, place);
    world.stderr.write(`warning: whether ${config.connection} has credentials is not known: ${why}\n`);
    return false;
  }
};

/** The first, unforced look settles nothing that another could mend; a rejection is never asked for twice. */
const isOver = ({ answer, verdict }: Judged, first: boolean, last: boolean): boolean =>
  !mayStillPass(verdict, answer) ||
  (!first && (last || ('outcome' in answer && answer.outcome === 'blocked')));

const judgedLine = ({ answer, verdict }: Judged, allowAwaiting: boolean, world: World): string => {
  const paint = painter(world);
  if ('error' in answer) return failedLine(answer, paint);
  return answerLine(answer, markOf(verdict, allowAwaiting), world.now(), paint);
};

const markOf = (verdict: GateVerdict, allowAwaiting: boolean) => {
  if (verdict === 'fresh') return 'done';
  return passes(verdict, allowAwaiting) ? 'waiting' : 'not done';
};

const toJson = ({ config: { connection }, answer, verdict }: Judged) => ({ connection, verdict, answer });

const closing = (judged: readonly Judged[], allowAwaiting: boolean, world: World, place: Place): string => {
  const named = (wanted: GateVerdict) =>
    judged.filter(({ verdict }) => verdict === wanted).map(({ config }) => config.connection);
  const refused = judged.filter(({ verdict }) => !passes(verdict, allowAwaiting));
  const lines = [
    ...notes('awaiting credentials', named('awaiting-credentials'), allowAwaiting ? ' (allowed)' : ''),
    ...notes('awaiting a login', named('awaiting-login'), ''),
    ...notes('paused', named('paused'), ''),
  ];
  if (refused.length === 0) return [...lines, painter(world)('green', 'verified')].join('\n');
  const names = refused.map(({ config }) => config.connection).join(', ');
  // Where the function failed, its line says more than its last status.
  const told = refused.find(({ verdict }) => verdict !== 'failed');
  return [
    ...lines,
    painter(world)('red', `not verified: ${names}`),
    ...(told === undefined
      ? []
      : [`why, and what to do: ${command(world, place)} explain ${told.config.connection}`]),
  ].join('\n');
};

const notes = (what: string, names: readonly string[], suffix: string): string[] =>
  names.length === 0 ? [] : [`${what}: ${names.join(', ')}${suffix}`];
