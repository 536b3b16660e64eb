import { mock } from 'node:test';
import { type Parameter, SSMClient } from '@aws-sdk/client-ssm';
import type { Contender } from './contenders.ts';
import { during, type Timeline, type Write } from './timeline.ts';

/** What a reader handed out in a simulated time, in seconds and counts. */
export interface Score {
  readonly reads: number;
  readonly awsCalls: number;
  /** Holding an expired token although a valid one was stored and SSM answered. */
  readonly expiredSeconds: number;
  /** The same while SSM did not answer. */
  readonly expiredWithoutSsmSeconds: number;
  /** Holding an expired token while no valid one existed anywhere. */
  readonly nothingValidSeconds: number;
  /** Reads that failed although a valid token was stored. */
  readonly failedReads: number;
}

const EPOCH = Date.parse('2030-01-01T00:00:00Z');

/** Runs a contender, the real library, through a timeline with a simulated clock and a simulated SSM. */
export const live = async ({ start }: Contender, timeline: Timeline): Promise<Score> => {
  const { writes, ssmOutages, readsAt, environments } = timeline;
  const ssmIsDown = during(ssmOutages);
  const byToken = new Map(writes.map((write) => [write.token, write]));
  const stored = newest(writes, ({ writtenAt }) => writtenAt);
  const described = newest(writes, ({ statusAt }) => statusAt);
  const score = {
    reads: 0,
    awsCalls: 0,
    expiredSeconds: 0,
    expiredWithoutSsmSeconds: 0,
    nothingValidSeconds: 0,
    failedReads: 0,
  };
  let now = 0;
  let environment = 0;

  const client = new SSMClient({ region: 'eu-central-1' });
  client.send = (async ({ input }: { input: { Name?: string; Names?: string[] } }) => {
    score.awsCalls += 1;
    if (ssmIsDown(now)) throw Object.assign(new Error('throttled'), { name: 'ThrottlingException' });
    const parameter = (Name: string): Parameter => {
      const token = stored(now);
      if (!Name.includes('/status/'))
        return { Name, Value: token?.token ?? '', Version: token?.version ?? 0 };
      const status = described(now);
      const expiresAt = new Date(EPOCH + (status?.claimedExpiry ?? 0)).toISOString();
      return { Name, Value: JSON.stringify({ tokenVersion: status?.version, expiresAt }) };
    };
    return { Parameter: parameter(input.Name ?? ''), Parameters: input.Names?.map(parameter) };
  }) as unknown as typeof client.send;

  mock.timers.enable({ apis: ['Date', 'setTimeout'], now: EPOCH });
  try {
    let read = start(client);
    for (const [index, readAt] of readsAt.entries()) {
      now = Math.max(now, readAt);
      while ((environments[environment + 1]?.from ?? Number.POSITIVE_INFINITY) <= now) {
        environment += 1;
        read = start(client);
      }
      mock.timers.setTime(Math.round(EPOCH + now + (environments[environment]?.clockOffset ?? 0)));
      const token = await settle(read, () => {
        now += 100;
        mock.timers.tick(100);
      });
      score.reads += 1;
      const held = (Math.max(readsAt[index + 1] ?? now, now) - now) / 1000;
      const newestIsValid = (stored(now)?.trueExpiry ?? 0) > now;
      if (token === undefined) {
        if (newestIsValid) score.failedReads += 1;
      } else if ((byToken.get(token)?.trueExpiry ?? 0) <= now) {
        if (!newestIsValid) score.nothingValidSeconds += held;
        else if (ssmIsDown(now)) score.expiredWithoutSsmSeconds += held;
        else score.expiredSeconds += held;
      }
    }
  } finally {
    mock.timers.reset();
  }
  return score;
};

/** The newest write at an instant, asked with instants that only grow. */
const newest = (writes: readonly Write[], instantOf: (write: Write) => number) => {
  let index = -1;
  return (at: number): Write | undefined => {
    for (
      let next = writes[index + 1];
      next !== undefined && instantOf(next) <= at;
      next = writes[index + 1]
    ) {
      index += 1;
    }
    return writes[index];
  };
};

/** What a read answers, undefined where it fails; time passes for as long as it waits. */
const settle = async (read: () => Promise<unknown>, pass: () => void): Promise<string | undefined> => {
  let settled = false;
  let answer: unknown;
  const done = (value?: unknown) => {
    settled = true;
    answer = value;
  };
  read().then(done, () => done());
  for (let turns = 1; !settled; turns += 1) {
    await undefined;
    // A read that waits for nothing but the simulated client is settled within a few turns.
    if (turns % 100 === 0) pass();
  }
  return typeof answer === 'string' ? answer : undefined;
};
