import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';
import { parseStatus } from '../status.ts';
import type { Row } from './row.ts';

/** A row per config parameter under the prefix, with the status beside it. Reads no token. */
export const readRows = async (client: SSMClient, prefix: string): Promise<Row[]> => {
  const [configs, statuses] = await Promise.all([
    valuesUnder(client, `${prefix}/config`),
    valuesUnder(client, `${prefix}/status`),
  ]);
  return [...configs].map(([name, value]) => {
    const connection = name.slice(prefix.length + '/config/'.length);
    const status = statuses.get(`${prefix}/status/${connection}`);
    return rowOf(connection, value, status === undefined ? null : parseStatus(status));
  });
};

const valuesUnder = async (client: SSMClient, path: string): Promise<Map<string, string>> => {
  const values = new Map<string, string>();
  for await (const page of paginateGetParametersByPath({ client, pageSize: 10 }, { Path: path })) {
    for (const { Name, Value } of page.Parameters ?? []) values.set(Name ?? '', Value ?? '');
  }
  return values;
};

// CloudFormation wrote it; a hand that changed it costs a column, not the board.
const rowOf = (connection: string, config: string, status: Row['status']): Row => {
  const fields = objectOf(config);
  const text = (name: string) => (typeof fields[name] === 'string' ? fields[name] : '');
  const seconds = (name: string) => (typeof fields[name] === 'number' ? fields[name] : 0);
  return {
    connection,
    provider: text('provider'),
    functionName: text('functionName'),
    secretArn: text('secretArn'),
    statusParameter: text('statusParameter'),
    lifetimeSeconds: seconds('lifetimeSeconds'),
    renewBeforeSeconds: seconds('renewBeforeSeconds'),
    needsLogin: text('exchangeFunctionName') !== '',
    status,
  };
};

const objectOf = (json: string): Readonly<Record<string, unknown>> => {
  try {
    const found: unknown = JSON.parse(json);
    return typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>) : {};
  } catch {
    return {};
  }
};
