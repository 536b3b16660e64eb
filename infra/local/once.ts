import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import pMap from 'p-map';
import type { Connection } from '../../functions/connection.ts';
import type { Answer } from '../../functions/event.ts';
import { dialect } from '../../functions/providers/index.ts';
import type { InvocationResult } from './aws/lambda-invoke.ts';
import type { AwsState } from './aws/server.ts';
import type { Sandbox } from './sandbox.ts';

/** What a pass answers for one connection: the function's own answer; where it could not give one, what ended it. */
export type PassAnswer = Omit<Answer, 'state' | 'requestId'> & {
  readonly state: Answer['state'] | null;
  readonly requestId: string | null;
};

const CACHE = join(import.meta.dirname, '../../node_modules/.cache');

/** Where the passes of one stage keep what the endpoint holds: under `CACHE_DIR`, where that is set. */
export const stateFile = (stage = 'default'): string =>
  join(process.env['CACHE_DIR'] ?? CACHE, 'token-refresher', `${stage}.json`);

/** What the pass before has left; undefined where there is nothing that can be read. */
export const readState = (file: string): AwsState | undefined => {
  try {
    const found: AwsState = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(found.parameters) && Array.isArray(found.secrets) ? found : undefined;
  } catch {
    return undefined;
  }
};

/** Readable by the owner only: tokens and secrets of simulated providers, but kept as real ones would be. */
export const writeState = (file: string, state: AwsState): void => {
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify(state), { mode: 0o600 });
  renameSync(unfinished, file);
};

export const forgetState = (file: string): void => rmSync(file, { force: true });

/** Asks every connection once to refresh where it is due. */
export const onePass = (sandbox: Sandbox): Promise<PassAnswer[]> =>
  pMap(
    sandbox.connections,
    async ({ connection }) =>
      answerOf(connection, await sandbox.invoke(connection, { action: 'refresh', force: false })),
    { concurrency: availableParallelism() },
  );

const answerOf = (connection: string, { payload, functionError }: InvocationResult): PassAnswer => {
  const answer = JSON.parse(payload);
  if (functionError === null) return answer;
  return {
    connection,
    outcome: 'failed',
    state: null,
    expiresAt: null,
    renewAt: null,
    nextAttemptAt: null,
    tokenVersion: null,
    reason: `${answer.errorType}: ${answer.errorMessage}`,
    requestId: null,
  };
};

/** Whether a connection is as it should be after a pass: UAE PASS waits for a person until one has logged in. */
export const asItShouldBe = (
  { provider, settings }: Pick<Connection, 'provider' | 'settings'>,
  { outcome }: Pick<PassAnswer, 'outcome'>,
): boolean => {
  const { grant } = dialect(provider, settings);
  const good =
    grant === 'authorization_code' ? ['reauthorization-required', 'fresh'] : ['refreshed', 'fresh'];
  return good.includes(outcome);
};

/** One line per connection that is not as it should be, with what the simulated provider said to it. */
export const complaints = (
  { connections, providers }: Pick<Sandbox, 'connections' | 'providers'>,
  answers: readonly PassAnswer[],
): string[] =>
  connections.flatMap((each) => {
    const answer = answers.find(({ connection }) => connection === each.connection);
    if (answer !== undefined && asItShouldBe(each, answer)) return [];
    const { refused } = providers.requests.findLast(({ connection }) => connection === each.connection) ?? {};
    const said = refused == null ? '' : ` (the simulated provider: ${refused})`;
    return [`${each.connection} is not as it should be: ${answer?.outcome}, ${answer?.reason}${said}`];
  });
