import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { connectionOf, namesUnder } from './names-under.ts';
import type { FirstTicksProperties } from './properties.ts';

const EVERY_MS = 3000;
const AT_MOST_MS = 150_000;
/** A schedule's first tick comes at once, unless its role was not known everywhere yet. The next may be 15 minutes away. */
const SILENT_MS = 30_000;

export interface FirstTicksWorld {
  readonly ssm: SSMClient;
  readonly lambda: () => LambdaClient;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/**
 * Waits until every connection has a status, which its first tick writes: the alarms that come after would otherwise
 * take a connection that has not ticked yet for one that has stopped. Ticks once itself where a schedule is not heard of.
 * Gives up quietly; the alarms speak then.
 *
 * What was configured otherwise is ticked before that, and waited for: CloudFormation deletes a key that was replaced
 * after this, and the token has to be stored under the new one by then.
 */
export const firstTicks = async (
  event: CloudFormationCustomResourceEvent,
  { ssm, lambda, now, wait }: FirstTicksWorld,
): Promise<string> => {
  if (event.RequestType === 'Delete') return 'nothing to wait for';
  const { prefix, functions } = event.ResourceProperties as unknown as FirstTicksProperties;
  await Promise.all(
    reconfigured(event).map((name) => tick(lambda(), functions[name] ?? '', 'RequestResponse')),
  );
  const tree = `${prefix}/status`;
  const startedAt = now();
  let ticked = false;
  for (;;) {
    const reported = new Set((await readable(ssm, tree)).map((name) => connectionOf(name, tree)));
    const silent = Object.entries(functions).filter(([name]) => !reported.has(name));
    if (silent.length === 0) return 'every connection has reported';
    const waited = now() - startedAt;
    if (waited >= AT_MOST_MS) return `no report yet from ${silent.map(([name]) => name).join(', ')}`;
    if (waited >= SILENT_MS && !ticked) {
      ticked = true;
      for (const [, functionName] of silent) await tick(lambda(), functionName, 'Event');
    }
    await wait(EVERY_MS);
  }
};

/** The connections that this update configures otherwise than before. */
const reconfigured = (event: CloudFormationCustomResourceEvent): string[] => {
  if (event.RequestType !== 'Update') return [];
  const before = (event.OldResourceProperties as Partial<FirstTicksProperties>).configurations ?? {};
  const { configurations = {} } = event.ResourceProperties as unknown as Partial<FirstTicksProperties>;
  return Object.keys(configurations).filter(
    (name) => before[name] !== undefined && before[name] !== configurations[name],
  );
};

// A role that was made a moment ago may not be known everywhere yet; that must not fail a deployment.
const readable = async (ssm: SSMClient, tree: string): Promise<string[]> => {
  try {
    return await namesUnder(ssm, tree);
  } catch (error) {
    console.warn(`could not list ${tree}: ${error instanceof Error ? error.name : 'unknown error'}`);
    return [];
  }
};

const tick = async (
  lambda: LambdaClient,
  FunctionName: string,
  InvocationType: 'Event' | 'RequestResponse',
): Promise<void> => {
  try {
    const Payload = JSON.stringify({ action: 'tick' });
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType, Payload }));
  } catch (error) {
    console.warn(
      `could not invoke ${FunctionName}: ${error instanceof Error ? error.name : 'unknown error'}`,
    );
  }
};
