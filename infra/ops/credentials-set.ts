import { parseCredentials } from '../../functions/edges/credentials.ts';
import type { Answer } from '../../functions/event.ts';
import type { Credentials } from '../../functions/oauth/client-authentication.ts';
import { scrub, secretsOf } from '../../functions/oauth/scrub.ts';
import type { Status } from '../../functions/status.ts';
import { ask } from './act.ts';
import { tryCommand } from './advice.ts';
import { answerLine, exitCodeOfAnswers, type Failed, isFresh } from './answer.ts';
import { takesCodes } from './assess.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { command } from './command.ts';
import { choose, type Found } from './config.ts';
import { sentenceFor } from './errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readHidden } from './input.ts';
import { OpsError } from './ops-error.ts';
import { progress } from './progress.ts';
import { painter, parseDuration } from './words.ts';
import type { World } from './world.ts';

const LOOK_AGAIN_MS = 1000;
/** How long the event of a changed secret usually takes to reach the refresh function, and some. */
const EVENT_MS = 10_000;

/** Gives a connection new credentials, waits for the first refresh with them and tells how it went. */
export const setCredentials = async (
  world: World,
  place: Place,
  name: string,
  options: { readonly wait: string },
): Promise<ExitCode> => {
  const wait = parseDuration('--wait', options.wait);
  const reach = aws(place);
  // One for each name.
  const config = choose(await reach.connections(), [name])[0] as Found;
  const [before = null] = await reach.statuses([config]);
  warnOfLoss(world, place, config, before);
  const credentials = parseCredentials(
    JSON.stringify(await readHidden(world, ['client_id', 'client_secret'])),
  );
  const paint = painter(world);
  const shown = progress(world, `writing the credentials of ${name}`);
  try {
    const version = await put(reach, config, credentials, place);
    const written = `${paint('green', '✔')} ${paint('bold', name)}: credentials written as version ${version}`;
    if (takesCodes(config, before)) {
      shown.line(`${written}; they cannot be tried before a login`);
      return EXIT.ok;
    }
    shown.line(written);
    shown.update(`waiting for the first refresh of ${name} with them`);
    const { answer, rejected } = await firstRefresh(world, place, reach, config, { before, version, wait });
    const fine = isFresh(answer) && !rejected;
    shown.line(answerLine(answer, fine ? 'done' : 'not done', world.now(), paint));
    const code = exitCodeOfAnswers([answer], world.now());
    return fine || code !== EXIT.ok ? code : EXIT.attention;
  } finally {
    shown.stop();
  }
};

/** Whether AWSCURRENT was rejected and AWSPREVIOUS, for all that is known, was not. Pure. */
export const livesOnPrevious = (status: Status | null): boolean =>
  status !== null && status.rejected !== null && status.failures.error?.code !== 'credentials_rejected';

/** A secret keeps two versions: where only the one before works, another write drops it for good. */
const warnOfLoss = (world: World, place: Place, config: Found, status: Status | null): void => {
  if (!livesOnPrevious(status)) return;
  const tryFirst = tryCommand(command(world, place), config);
  world.stderr.write(
    `warning: the provider rejected AWSCURRENT, and tokens come by AWSPREVIOUS: writing drops what works. Try the new credentials first: ${tryFirst}\n`,
  );
};

const put = async (
  reach: Aws,
  { secretArn }: Found,
  credentials: Credentials,
  place: Place,
): Promise<string> => {
  try {
    return await reach.putSecret(secretArn, JSON.stringify(credentials));
  } catch (error) {
    // No cause: an error about what was sent may quote it.
    const secrets = secretsOf(credentials);
    throw new OpsError(sentenceFor(error, place, (text) => scrub(text, secrets)));
  }
};

interface Written {
  readonly before: Status | null;
  readonly version: string;
  /** Milliseconds. */
  readonly wait: number;
}

/**
 * The first refresh that has met the new version. The secret's own event asks for one, so that is waited for: two at
 * once would be two logins. Where none comes, this asks itself until the wait is over; not forced, as a changed secret is
 * due at once.
 */
const firstRefresh = async (
  world: World,
  place: Place,
  reach: Aws,
  config: Found,
  { before, version, wait }: Written,
): Promise<{ readonly answer: Answer; readonly rejected: boolean }> => {
  const deadline = world.now() + wait;
  let askAt = Math.min(world.now() + EVENT_MS, deadline);
  for (;;) {
    await world.wait(LOOK_AGAIN_MS);
    const [status = null] = await reach.statuses([config]);
    if (status !== null && isNews(status, before) && isSettled(status, version)) {
      return { answer: answerOf(status), rejected: isRejected(status, version) };
    }
    if (world.now() < askAt) continue;
    const answer = await ask(reach, config, { action: 'refresh', reason: 'new credentials' }, place);
    if ('outcome' in answer) {
      const [after = null] = await reach.statuses([config]);
      if ((after !== null && isSettled(after, version)) || !mayStillTry(answer)) {
        // By then another run may have met them, and this one have left them alone: that one knows why.
        const rejected = after !== null && isRejected(after, version);
        return { answer: rejected ? answerOf(after) : answer, rejected };
      }
    }
    if (world.now() >= deadline) throw notUsedYet(answer);
    askAt = Math.min(world.now() + EVENT_MS, deadline);
  }
};

const notUsedYet = (answer: Answer | Failed): OpsError =>
  new OpsError(
    `the credentials are written, but no refresh has used them yet (${'error' in answer ? answer.error : answer.reason}): the next tick will`,
    { exitCode: 'error' in answer ? EXIT.failed : EXIT.attention },
  );

const isNews = (status: Status, before: Status | null): boolean =>
  status.lastAttempt?.at !== before?.lastAttempt?.at;

/**
 * Whether a status tells what the new version is worth: it was used, or the provider rejected it and took the one
 * before. Asking again would only fail a login again. Pure.
 */
export const isSettled = (status: Status, version: string): boolean =>
  status.secretVersion === version || isRejected(status, version);

const isRejected = ({ rejected }: Status, version: string): boolean => rejected?.secretVersion === version;

/** Whether asking again could make a refresh use the new version: not while paused, or where a grant is refused. */
const mayStillTry = ({ outcome }: Answer): boolean =>
  outcome !== 'paused' && outcome !== 'reauthorization-required';

/** What the run that left this status answered. */
const answerOf = (status: Status): Answer => ({
  connection: status.connection,
  outcome: status.lastAttempt?.outcome ?? 'failed',
  state: status.state,
  expiresAt: status.expiresAt,
  renewAt: status.renewAt,
  nextAttemptAt: status.nextAttemptAt,
  tokenVersion: status.tokenVersion,
  reason: status.reason,
  requestId: '',
});
