import { parseCredentials } from '../../functions/edges/credentials.ts';
import type { Answer } from '../../functions/event.ts';
import type { Credentials } from '../../functions/oauth/client-authentication.ts';
import { scrub, secretsOf } from '../../functions/oauth/scrub.ts';
import type { Status } from '../../functions/status.ts';
import { answerLine, exitCodeOfAnswers, isFresh, parseAnswer } from './answer.ts';
import { type Aws, aws, type Place } from './aws.ts';
import { choose, type Found } from './config.ts';
import { sentenceFor } from './errors.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readHidden } from './input.ts';
import { OpsError } from './ops-error.ts';
import { progress } from './progress.ts';
import { painter, parseDuration } from './words.ts';
import type { World } from './world.ts';

const LOOK_AGAIN_MS = 2000;

/** Gives a connection new credentials, waits for the first refresh with them and tells how it went. */
export const setCredentials = async (
  world: World,
  place: Place,
  name: string,
  options: { readonly wait: string },
): Promise<ExitCode> => {
  const wait = parseDuration('--wait', options.wait);
  const reach = aws(place);
  const found = choose(await reach.connections(), [name]);
  const credentials = parseCredentials(
    JSON.stringify(await readHidden(world, ['client_id', 'client_secret'])),
  );
  const paint = painter(world);
  const shown = progress(world, `writing the credentials of ${name}`);
  try {
    const version = await put(reach, found, credentials, place);
    shown.line(`${paint('green', '✔')} ${paint('bold', name)}: credentials written as version ${version}`);
    shown.update(`waiting for the first refresh of ${name} with them`);
    const answer = await firstRefresh(world, reach, found, version, world.now() + wait);
    const fine = isFresh(answer) && !usedPrevious(answer);
    shown.line(answerLine(answer, fine ? 'done' : 'not done', world.now(), paint));
    const code = exitCodeOfAnswers([answer], world.now());
    return fine || code !== EXIT.ok ? code : EXIT.attention;
  } finally {
    shown.stop();
  }
};

const put = async (
  reach: Aws,
  [config]: readonly Found[],
  credentials: Credentials,
  place: Place,
): Promise<string> => {
  try {
    return await reach.putSecret(config?.secretArn ?? '', JSON.stringify(credentials));
  } catch (error) {
    // No cause: an error about what was sent may quote it.
    throw new OpsError(scrub(sentenceFor(error, place), secretsOf(credentials)));
  }
};

/**
 * Asks for a refresh until one has met the new version, which Secrets Manager may show a little late. Not forced:
 * a changed secret is due at once, and the secret's own event may have done it already.
 */
const firstRefresh = async (
  world: World,
  reach: Aws,
  found: readonly Found[],
  version: string,
  deadline: number,
): Promise<Answer> => {
  const functionName = found[0]?.functionName ?? '';
  const event = { action: 'refresh', reason: 'new credentials' };
  for (;;) {
    const answer = parseAnswer(functionName, await reach.invoke(functionName, event));
    const [status = null] = await reach.statuses(found);
    if (isSettled(answer, status, version)) return answer;
    if (world.now() >= deadline) {
      throw new OpsError(
        `the credentials are written, but no refresh has used them yet (${answer.reason}): the next tick will`,
        { exitCode: EXIT.attention },
      );
    }
    await world.wait(LOOK_AGAIN_MS);
  }
};

/** Whether an answer tells what the new version is worth, or that nobody will know now. Pure. */
export const isSettled = (answer: Answer, status: Status | null, version: string): boolean =>
  status?.secretVersion === version ||
  usedPrevious(answer) ||
  answer.outcome === 'paused' ||
  answer.outcome === 'reauthorization-required';

/** The provider rejected the new credentials and took the previous ones: asking again would fail a login again. */
const usedPrevious = ({ reason }: Answer): boolean => reason.includes('AWSPREVIOUS worked');
