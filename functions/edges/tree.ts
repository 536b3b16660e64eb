import { DeleteParametersCommand, GetParametersByPathCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { RefreshError } from '../errors.ts';
import type { Listed } from '../policy/sweep.ts';
import { nameOf } from './aws.ts';

/** The parameters right below a path, none of them a SecureString, and a way to delete. */
export interface Tree {
  /** Parsed with `parse`. @throws RefreshError `subjects_unreadable` */
  readonly list: <T>(path: string, parse: (value: string) => T | null) => Promise<Listed<T>[]>;
  /** By full name, at most `PAGE` of them; what is not there is no error. @throws RefreshError `subjects_not_deleted` */
  readonly remove: (names: readonly string[]) => Promise<void>;
}

/** SSM's limit for both calls. */
export const PAGE = 10;

export const tree = (client: () => SSMClient): Tree => ({
  async list<T>(path: string, parse: (value: string) => T | null) {
    const found: Listed<T>[] = [];
    let NextToken: string | undefined;
    try {
      do {
        const page = await client().send(
          new GetParametersByPathCommand({
            Path: path,
            MaxResults: PAGE,
            ...(NextToken === undefined ? {} : { NextToken }),
          }),
        );
        for (const { Name, Value, LastModifiedDate } of page.Parameters ?? []) {
          found.push({
            name: Name?.slice(path.length + 1) ?? '',
            value: parse(Value ?? ''),
            modifiedAt: LastModifiedDate?.getTime() ?? 0,
          });
        }
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
    } catch (cause) {
      throw new RefreshError('subjects_unreadable', `${path} could not be listed (${nameOf(cause)})`, {
        cause,
      });
    }
    return found;
  },

  async remove(names) {
    if (names.length === 0) return;
    try {
      await client().send(new DeleteParametersCommand({ Names: [...names] }));
    } catch (cause) {
      throw new RefreshError(
        'subjects_not_deleted',
        `expired parameters could not be deleted (${nameOf(cause)})`,
        { cause },
      );
    }
  },
});
