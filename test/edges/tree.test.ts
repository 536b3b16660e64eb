import { DeleteParametersCommand, GetParametersByPathCommand, SSMClient } from '@aws-sdk/client-ssm';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { tree } from '../../functions/edges/tree.ts';

const ssm = mockClient(SSMClient);
const { list, remove } = tree(() => new SSMClient({}));
const parse = (value: string) => (value === 'bad' ? null : value.length);
const denied = Object.assign(new Error('no'), { name: 'AccessDeniedException' });

beforeEach(() => ssm.reset());

describe('a tree of parameters', () => {
  it('is listed page by page, parsed, with names relative to the path', async () => {
    const LastModifiedDate = new Date(1000);
    ssm
      .on(GetParametersByPathCommand)
      .resolvesOnce({
        Parameters: [{ Name: '/a/b/one', Value: 'xyz', Version: 2, LastModifiedDate }],
        NextToken: 'n',
      })
      .resolvesOnce({ Parameters: [{ Name: '/a/b/two', Value: 'bad', Version: 1, LastModifiedDate }] });
    expect(await list('/a/b', parse)).toEqual([
      { name: 'one', value: 3, modifiedAt: 1000 },
      { name: 'two', value: null, modifiedAt: 1000 },
    ]);
    expect(ssm.commandCalls(GetParametersByPathCommand).map((call) => call.args[0].input)).toEqual([
      { Path: '/a/b', MaxResults: 10 },
      { Path: '/a/b', MaxResults: 10, NextToken: 'n' },
    ]);
  });

  it('never asks for anything to be decrypted', async () => {
    ssm.on(GetParametersByPathCommand).resolves({});
    await list('/a', parse);
    expect(ssm.commandCalls(GetParametersByPathCommand)[0]?.args[0].input).not.toHaveProperty(
      'WithDecryption',
    );
  });

  it('is deleted from by one call, and by none where there is nothing to delete', async () => {
    ssm.on(DeleteParametersCommand).resolves({});
    await remove([]);
    await remove(['/a/one', '/a/two']);
    expect(ssm.commandCalls(DeleteParametersCommand).map((call) => call.args[0].input)).toEqual([
      { Names: ['/a/one', '/a/two'] },
    ]);
  });

  it('that cannot be read or deleted from is a failure that names the error', async () => {
    ssm.on(GetParametersByPathCommand).rejects(denied).on(DeleteParametersCommand).rejects(denied);
    await expect(list('/a', parse)).rejects.toMatchObject({
      code: 'subjects_unreadable',
      message: '/a could not be listed (AccessDeniedException)',
    });
    await expect(remove(['/a/b'])).rejects.toMatchObject({ code: 'subjects_not_deleted' });
  });
});
