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
interface ExchangeAnswer {
  readonly outcome: string;
  readonly tokenParameter: string | null;
  readonly tokenVersion: number | null;
  readonly expiresAt: string | null;
  readonly reason: string;
}

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

const hasToken = ({ outcome }: ExchangeAnswer): boolean =>
  outcome === 'exchanged' || outcome === 'already-exchanged';

/** @throws OpsError where it is no answer */
export const parseExchangeAnswer = (functionName: string, value: unknown): ExchangeAnswer => {
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (typeof fields['outcome'] === 'string' && typeof fields['reason'] === 'string')
    return value as ExchangeAnswer;
  throw new OpsError(
    `${functionName} gave an answer this command line does not know: use the version that was deployed`,
  );
};

/** Pure. */
export const exchangeLine = (name: string, answer: ExchangeAnswer, now: number, paint: Paint): string => {
  const expiresAt = instant(answer.expiresAt);
  const mark = hasToken(answer) ? paint('green', '✔') : paint('red', '✖');
  const facts = [
    answer.reason,
    ...(answer.tokenParameter === null ? [] : [`${answer.tokenParameter} version ${answer.tokenVersion}`]),
    ...(expiresAt === null ? [] : [`expires ${fromNow(expiresAt, now)}`]),
  ];
  return `${mark} ${paint('bold', name)}: ${answer.outcome}; ${facts.join('; ')}`;
};
