import type { SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { connectionOf, namesUnder } from './names-under.ts';
import type { FirstTicksProperties } from './properties.ts';

const EVERY_MS = 3000;
const AT_MOST_MS = 150_000;

export interface FirstTicksWorld {
  readonly ssm: SSMClient;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<unknown>;
}

/**
 * Waits until every connection has a status, which its first tick writes: the alarms that come after would otherwise
 * take a connection that has not ticked yet for one that has stopped. Gives up quietly; the alarms speak then.
 */
export const firstTicks = async (
  event: CloudFormationCustomResourceEvent,
  { ssm, now, wait }: FirstTicksWorld,
): Promise<string> => {
  if (event.RequestType === 'Delete') return 'nothing to wait for';
  const { prefix, connections } = event.ResourceProperties as unknown as FirstTicksProperties;
  const tree = `${prefix}/status`;
  const deadline = now() + AT_MOST_MS;
  for (;;) {
    const reported = new Set((await readable(ssm, tree)).map((name) => connectionOf(name, tree)));
    const silent = connections.filter((name) => !reported.has(name));
    if (silent.length === 0) return 'every connection has reported';
    if (now() >= deadline) return `no report yet from ${silent.join(', ')}`;
    await wait(EVERY_MS);
  }
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
