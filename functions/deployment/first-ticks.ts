import {
  InvokeCommand,
  type InvokeCommandInput,
  type InvokeCommandOutput,
  type LambdaClient,
} from '@aws-sdk/client-lambda';
import type { SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { connectionOf, namesUnder } from './names-under.ts';
import type { FirstTicksProperties } from './properties.ts';

const EVERY_MS = 3000;
const AT_MOST_MS = 150_000;
/** A schedule's first tick comes at once, unless its role was not known everywhere yet. The next may be 15 minutes away. */
const SILENT_MS = 30_000;
/** Between two attempts at what was configured otherwise. */
const AGAIN_MS = 30_000;

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
 * What was configured otherwise is ticked before that, and again while that fails: CloudFormation deletes a key that was
 * replaced after this, and the token should be stored under the new one by then. It never fails the deployment: CloudFormation
 * would have to come back here to undo it, and could not.
 */
export const firstTicks = async (
  event: CloudFormationCustomResourceEvent,
  { ssm, lambda, now, wait }: FirstTicksWorld,
): Promise<string> => {
  if (event.RequestType === 'Delete') return 'nothing to wait for';
  const { prefix, functions } = event.ResourceProperties as unknown as FirstTicksProperties;
  const tree = `${prefix}/status`;
  const startedAt = now();
  let due = reconfigured(event);
  let tickedAt = Number.NEGATIVE_INFINITY;
  let stoodIn = false;
  for (;;) {
    if (due.length > 0 && now() - tickedAt >= AGAIN_MS) {
      tickedAt = now();
      const ended = await Promise.all(due.map((name) => refresh(lambda(), functions[name] ?? '')));
      due = due.filter((_, index) => !ended[index]);
    }
    const reported = new Set((await readable(ssm, tree)).map((name) => connectionOf(name, tree)));
    const silent = Object.entries(functions).filter(([name]) => !reported.has(name));
    if (silent.length + due.length === 0) return 'every connection has reported';
    const waited = now() - startedAt;
    if (waited >= AT_MOST_MS) {
      return [
        ...(silent.length === 0 ? [] : [`no report yet from ${silent.map(([name]) => name).join(', ')}`]),
        ...(due.length === 0 ? [] : [`configured otherwise and not refreshed yet: ${due.join(', ')}`]),
      ].join('; ');
    }
    if (waited >= SILENT_MS && !stoodIn) {
      stoodIn = true;
      for (const [, functionName] of silent) await startTick(lambda(), functionName);
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

const TICK = { action: 'tick' };

/** Whether it ended with what one more would not change. */
const refresh = async (lambda: LambdaClient, functionName: string): Promise<boolean> => {
  const outcome = await ask(lambda, functionName, TICK);
  // It failed before and waits, for longer than a deployment: a tick of its own may be 15 minutes away. What is blocked,
  // and would be another rejected login, does not answer this.
  const waits = outcome === 'failed';
  const forced = { action: 'refresh', force: true, reason: 'configured otherwise' };
  return isOver(waits ? await ask(lambda, functionName, forced) : outcome);
};

const isOver = (outcome: string | null): boolean => outcome !== null && outcome !== 'failed';

/** The outcome of a run; null where there is no answer. */
const ask = async (lambda: LambdaClient, FunctionName: string, event: object): Promise<string | null> => {
  const input = { FunctionName, InvocationType: 'RequestResponse', Payload: JSON.stringify(event) } as const;
  const answer = await invoke(lambda, input);
  if (answer === null || answer.FunctionError !== undefined) return null;
  const said: unknown = JSON.parse(new TextDecoder().decode(answer.Payload) || 'null');
  return typeof said === 'object' && said !== null && 'outcome' in said ? String(said.outcome) : null;
};

const startTick = (lambda: LambdaClient, FunctionName: string) =>
  invoke(lambda, { FunctionName, InvocationType: 'Event', Payload: JSON.stringify(TICK) });

const invoke = async (
  lambda: LambdaClient,
  input: InvokeCommandInput,
): Promise<InvokeCommandOutput | null> => {
  try {
    return await lambda.send(new InvokeCommand(input));
  } catch (error) {
    console.warn(
      `could not invoke ${input.FunctionName}: ${error instanceof Error ? error.name : 'unknown error'}`,
    );
    return null;
  }
};
