import { DeleteParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { connectionOf, namesUnder } from './names-under.ts';
import type { TokenCleanupProperties } from './properties.ts';

/** SSM deletes at most this many at once. */
const BATCH = 10;
/** How long a right that was taken away may still work, and a run that had begun may still write. */
const SETTLED_MS = 30_000;

/**
 * Deletes tokens, statuses and markers of codes of all the stack's connections when it is deleted. Other parameters below
 * the prefix are left alone.
 */
export const tokenCleanup = async (
  event: CloudFormationCustomResourceEvent,
  client: SSMClient,
): Promise<string> => {
  const given = properties(event.ResourceProperties);
  return event.RequestType === 'Delete'
    ? deleteOf(given.connections, given, client)
    : 'nothing to delete before the stack is deleted';
};

export interface RemovedTokensWorld {
  readonly ssm: SSMClient;
  readonly wait: (ms: number) => Promise<unknown>;
}

/** Deletes the same of those connections that an update takes out of the stack. */
export const removedTokens = async (
  event: CloudFormationCustomResourceEvent,
  { ssm, wait }: RemovedTokensWorld,
): Promise<string> => {
  const given = properties(event.ResourceProperties);
  const gone = removed(event, given);
  if (gone.length === 0) return 'nothing was removed';
  if (given.tokensOnDelete === 'delete') await wait(SETTLED_MS);
  return deleteOf(gone, given, ssm);
};

const deleteOf = async (
  gone: readonly string[],
  { prefix, tokensOnDelete }: TokenCleanupProperties,
  client: SSMClient,
): Promise<string> => {
  if (tokensOnDelete === 'keep') return `kept the tokens of ${gone.join(', ')}`;
  const names: string[] = [];
  for (const tree of [`${prefix}/tokens`, `${prefix}/status`, `${prefix}/codes`]) {
    const found = await namesUnder(client, tree);
    names.push(...found.filter((name) => gone.includes(connectionOf(name, tree) ?? '')));
  }
  for (let start = 0; start < names.length; start += BATCH) {
    await client.send(new DeleteParametersCommand({ Names: names.slice(start, start + BATCH) }));
  }
  return `deleted ${names.length} parameters of ${gone.join(', ')}`;
};

const removed = (
  event: CloudFormationCustomResourceEvent,
  { prefix, connections }: TokenCleanupProperties,
): string[] => {
  if (event.RequestType !== 'Update') return [];
  const before = properties(event.OldResourceProperties);
  // The functions of an old prefix are deleted after the update, and until then go on writing below it.
  if (before.prefix !== prefix) return [];
  return before.connections.filter((name) => !connections.includes(name));
};

// They come from our own construct.
const properties = (given: unknown) => given as TokenCleanupProperties;
