import type { Connection } from '../../functions/connection.ts';

/** The connections to run, by function name. @throws Error for one that is not known, with those that are */
export const select = (
  connections: Readonly<Record<string, Connection>>,
  only: readonly string[] | undefined,
): ReadonlyMap<string, Connection> => {
  const known = Object.values(connections);
  const stranger = only?.find((name) => !known.some(({ connection }) => connection === name));
  if (stranger !== undefined) throw unknownConnection(stranger, known);
  return new Map(
    Object.entries(connections).filter(([, { connection }]) => only?.includes(connection) ?? true),
  );
};

export const unknownConnection = (name: string, known: readonly Connection[]): Error =>
  new Error(
    `there is no connection "${name}": known are ${known.map(({ connection }) => connection).join(', ')}`,
  );
