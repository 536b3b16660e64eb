import { EXCHANGE_OUTCOMES, type ExchangeAnswer } from '../../functions/exchange-event.ts';
import { instant } from '../../functions/status.ts';
import { aws, type Place } from './aws.ts';
import { choose } from './config.ts';
import { EXIT, type ExitCode } from './exit.ts';
import { readHidden } from './input.ts';
import { OpsError } from './ops-error.ts';
import { fromNow, type Paint, painter } from './words.ts';
import type { World } from './world.ts';

interface Options {
  readonly redirectUri: string;
  readonly subject?: string;
  readonly pkce?: boolean;
  readonly json?: boolean;
}

/** What the exchange function answers, as far as it is shown. */
type Shown = Pick<ExchangeAnswer, 'outcome' | 'tokenParameter' | 'tokenVersion' | 'expiresAt' | 'reason'>;

/** Hands in an authorization code. The code is read hidden, and sent once. */
export const exchange = async (
  world: World,
  place: Place,
  name: string,
  { redirectUri, subject, pkce = false, json = false }: Options,
): Promise<ExitCode> => {
  const reach = aws(place);
  const [config] = choose(await reach.connections(), [name]);
  const functionName = config?.exchangeFunctionName;
  if (functionName === undefined) {
    throw new OpsError(
      `${name} takes no codes: only connections with the grant authorization_code, such as UAE PASS, do`,
    );
  }
  const typed = await readHidden(world, pkce ? ['codeVerifier', 'code'] : ['code']);
  const event = { ...typed, redirectUri, ...(subject === undefined ? {} : { subject }) };
  const answer = parseExchangeAnswer(functionName, await reach.invokeOnce(functionName, event));
  world.stdout.write(
    `${json ? JSON.stringify(answer, null, 2) : exchangeLine(name, answer, world.now(), painter(world))}\n`,
  );
  return hasToken(answer) ? EXIT.ok : EXIT.attention;
};

const hasToken = ({ outcome }: Shown): boolean => outcome === 'exchanged' || outcome === 'already-exchanged';

/** @throws OpsError where it is no answer */
export const parseExchangeAnswer = (functionName: string, value: unknown): Shown => {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const isAnswer =
    EXCHANGE_OUTCOMES.some((outcome) => outcome === fields['outcome']) &&
    typeof fields['reason'] === 'string';
  if (isAnswer) return value as Shown;
  throw new OpsError(
    `${functionName} gave an answer this command line does not know: use the version that was deployed`,
  );
};

/** Pure. */
export const exchangeLine = (name: string, answer: Shown, now: number, paint: Paint): string => {
  const expiresAt = instant(answer.expiresAt);
  const mark = hasToken(answer) ? paint('green', '✔') : paint('red', '✖');
  const facts = [
    answer.reason,
    ...(answer.tokenParameter === null ? [] : [`${answer.tokenParameter} version ${answer.tokenVersion}`]),
    ...(expiresAt === null ? [] : [`expires ${fromNow(expiresAt, now)}`]),
  ];
  return `${mark} ${paint('bold', name)}: ${answer.outcome}; ${facts.join('; ')}`;
};
