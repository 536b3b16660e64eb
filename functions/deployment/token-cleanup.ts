import { DeleteParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { connectionOf, namesUnder } from './names-under.ts';
import type { TokenCleanupProperties } from './properties.ts';

/** SSM deletes at most this many at once. */
const BATCH = 10;

/**
 * Deletes tokens, statuses and markers of codes: of all the stack's connections when it is deleted, and of those that are no longer in
 * it when it is updated. Other parameters below the prefix are left alone.
 */
export const tokenCleanup = async (
  event: CloudFormationCustomResourceEvent,
  client: SSMClient,
): Promise<string> => {
  const { prefix, connections, tokensOnDelete } = properties(event.ResourceProperties);
  const gone = event.RequestType === 'Delete' ? connections : removed(event, connections);
  if (gone.length === 0) return 'nothing to delete';
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

const removed = (event: CloudFormationCustomResourceEvent, connections: readonly string[]): string[] => {
  if (event.RequestType !== 'Update') return [];
  const before = properties(event.OldResourceProperties);
  // A new prefix leaves the old tree to nobody, but the running functions still use it: it goes with them.
  if (before.prefix !== properties(event.ResourceProperties).prefix) return [];
  return before.connections.filter((name) => !connections.includes(name));
};

// They come from our own construct.
const properties = (given: unknown) => given as TokenCleanupProperties;
