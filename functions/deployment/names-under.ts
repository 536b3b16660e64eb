import { paginateGetParametersByPath, type SSMClient } from '@aws-sdk/client-ssm';

/** The names of all parameters below a path. Values stay encrypted, and are dropped. */
export const namesUnder = async (client: SSMClient, path: string): Promise<string[]> => {
  const names: string[] = [];
  for await (const page of paginateGetParametersByPath({ client }, { Path: path, Recursive: true })) {
    for (const { Name } of page.Parameters ?? []) if (Name !== undefined) names.push(Name);
  }
  return names;
};

/** The connection a parameter belongs to: the first name below `{prefix}/{tree}`. */
export const connectionOf = (name: string, tree: string): string | undefined =>
  name.slice(tree.length + 1).split('/')[0];
