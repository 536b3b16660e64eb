import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { useEndpoint } from './endpoint.ts';

const { used } = useEndpoint();

const create = (Name: string, SecretString?: string) =>
  used.secrets.send(
    new CreateSecretCommand({ Name, ...(SecretString === undefined ? {} : { SecretString }) }),
  );
const put = (SecretId: string, SecretString: string, more: Partial<PutSecretValueCommandInput> = {}) =>
  used.secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));
const get = (SecretId: string, more: Partial<GetSecretValueCommandInput> = {}) =>
  used.secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
const refusal = (name: string, message = '') =>
  expect.objectContaining({ name, message: expect.stringContaining(message) });

describe('a secret without a value', () => {
  it('has no value for AWSCURRENT', async () => {
    await create('empty');
    await expect(get('empty')).rejects.toEqual(
      refusal(
        'ResourceNotFoundException',
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
      ),
    );
  });

  it('differs from one that does not exist', async () => {
    await expect(get('missing')).rejects.toEqual(
      refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret."),
    );
  });
});

describe('versions', () => {
  it('are listed with stages and age; those without a stage only on request', async () => {
    const { VersionId: first } = await create('listed', 'one');
    const { VersionId: second } = await put('listed', 'two');
    const { VersionId: third } = await put('listed', 'three');
    const list = async (IncludeDeprecated?: boolean) => {
      const found = await used.secrets.send(
        new ListSecretVersionIdsCommand({
          SecretId: 'listed',
          ...(IncludeDeprecated === undefined ? {} : { IncludeDeprecated }),
        }),
      );
      return found.Versions;
    };
    expect(await list()).toEqual([
      { VersionId: second, VersionStages: ['AWSPREVIOUS'], CreatedDate: expect.any(Date) },
      { VersionId: third, VersionStages: ['AWSCURRENT'], CreatedDate: expect.any(Date) },
    ]);
    expect(await list(true)).toContainEqual({ VersionId: first, CreatedDate: expect.any(Date) });
  });

  it('bear the token of the request that made them, which has at least 32 characters', async () => {
    await create('token');
    const ClientRequestToken = randomUUID();
    expect(await put('token', 'x', { ClientRequestToken })).toMatchObject({ VersionId: ClientRequestToken });
    await expect(put('token', 'x', { ClientRequestToken: 'short' })).rejects.toBeInstanceOf(Error);
  });

  it('that are not there are named', async () => {
    await create('known', 'one');
    await expect(get('known', { VersionId: randomUUID() })).rejects.toEqual(
      refusal('ResourceNotFoundException', 'VersionId'),
    );
  });

  it('keep AWSCURRENT until it is said which of them loses it', async () => {
    await create('rotated', 'one');
    const { VersionId: MoveToVersionId } = await put('rotated', 'two', { VersionStages: ['AWSPENDING'] });
    const move = { SecretId: 'rotated', VersionStage: 'AWSCURRENT', MoveToVersionId };
    await expect(used.secrets.send(new UpdateSecretVersionStageCommand(move))).rejects.toEqual(
      refusal('InvalidParameterException', 'RemoveFromVersionId'),
    );
    expect(await get('rotated')).toMatchObject({ SecretString: 'one' });
  });

  it('keeps binary values apart from text', async () => {
    const SecretBinary = new TextEncoder().encode('bytes');
    await used.secrets.send(new CreateSecretCommand({ Name: 'binary', SecretBinary }));
    const found = await get('binary');
    expect(new TextDecoder().decode(found.SecretBinary)).toBe('bytes');
    expect(found.SecretString).toBeUndefined();
  });
});

describe('a secret', () => {
  it('that waits for deletion says so', async () => {
    await create('deleted', 'x');
    await used.secrets.send(new DeleteSecretCommand({ SecretId: 'deleted' }));
    await expect(get('deleted')).rejects.toEqual(refusal('InvalidRequestException', 'marked for deletion'));
    await expect(create('deleted')).rejects.toEqual(
      refusal('InvalidRequestException', 'scheduled for deletion'),
    );
  });

  it('is updated in description and value', async () => {
    await create('updated', 'one');
    await used.secrets.send(
      new UpdateSecretCommand({ SecretId: 'updated', Description: 'new', SecretString: 'two' }),
    );
    expect(await get('updated')).toMatchObject({ SecretString: 'two' });
    const described = await used.secrets.send(new DescribeSecretCommand({ SecretId: 'updated' }));
    expect(described).toMatchObject({ Description: 'new' });
  });

  it('is listed in pages, by the beginning of its name, without its value', async () => {
    for (const name of ['list/a', 'list/b', 'list/c']) await create(name, 'canary-value');
    const list = (NextToken?: string) =>
      used.secrets.send(
        new ListSecretsCommand({ MaxResults: 2, NextToken, Filters: [{ Key: 'name', Values: ['list/'] }] }),
      );
    const first = await list();
    const second = await list(first.NextToken);
    const names = [first, second].flatMap((each) => each.SecretList?.map(({ Name }) => Name));
    expect(names).toEqual(['list/a', 'list/b', 'list/c']);
    expect(JSON.stringify([first, second])).not.toContain('canary');
  });
});
