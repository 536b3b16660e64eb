import { GetParametersCommand, type SSMClient } from '@aws-sdk/client-ssm';
import type { Connection } from '../../functions/connection.ts';
import { parseStatus, type Status } from '../../functions/status.ts';
import { inTens } from './provision.ts';

/** The status of each connection as its parameter says now; null where it has not run yet. */
export const statusesOf = async (
  ssm: SSMClient,
  connections: readonly Connection[],
): Promise<ReadonlyMap<string, Status | null>> => {
  const found = new Map<string, Status | null>(connections.map(({ connection }) => [connection, null]));
  for (const batch of inTens(connections)) {
    const { Parameters = [] } = await ssm.send(
      new GetParametersCommand({ Names: batch.map(({ statusParameter }) => statusParameter) }),
    );
    for (const { Value = '' } of Parameters) {
      const status = parseStatus(Value);
      if (status !== null) found.set(status.connection, status);
    }
  }
  return found;
};
