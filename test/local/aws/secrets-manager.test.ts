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
  RestoreSecretCommand,
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

  it('moves AWSCURRENT to the newest and AWSPREVIOUS to the one before', async () => {
    const { VersionId: first } = await create('stages', 'one');
    const { VersionId: second } = await put('stages', 'two');
    expect(await get('stages')).toMatchObject({ SecretString: 'two', VersionId: second });
    expect(await get('stages', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
    const { VersionId: third } = await put('stages', 'three');
    expect(await get('stages', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ VersionId: second });
    expect(await get('stages', { VersionId: first })).toMatchObject({ SecretString: 'one' });
    const described = await used.secrets.send(new DescribeSecretCommand({ SecretId: 'stages' }));
    expect(described.VersionIdsToStages).toEqual({
      [second ?? '']: ['AWSPREVIOUS'],
      [third ?? '']: ['AWSCURRENT'],
    });
    await expect(get('stages', { VersionId: randomUUID() })).rejects.toEqual(
      refusal('ResourceNotFoundException', 'VersionId'),
    );
  });

  it('takes the same token with the same value once, and refuses another value', async () => {
    await create('idempotent', 'one');
    const ClientRequestToken = randomUUID();
    await put('idempotent', 'two', { ClientRequestToken });
    await put('idempotent', 'three');
    expect(await put('idempotent', 'two', { ClientRequestToken })).toMatchObject({
      VersionId: ClientRequestToken,
    });
    expect(await get('idempotent')).toMatchObject({ SecretString: 'three' });
    await expect(put('idempotent', 'other', { ClientRequestToken })).rejects.toEqual(
      refusal('ResourceExistsException'),
    );
    await expect(put('idempotent', 'x', { ClientRequestToken: 'short' })).rejects.toBeInstanceOf(Error);
  });

  it('stages a pending version without touching the current one, then promotes it', async () => {
    const { VersionId: current } = await create('rotated', 'one');
    const { VersionId: pending } = await put('rotated', 'two', { VersionStages: ['AWSPENDING'] });
    expect(await get('rotated')).toMatchObject({ SecretString: 'one' });
    const move = { SecretId: 'rotated', VersionStage: 'AWSCURRENT', MoveToVersionId: pending };
    await expect(used.secrets.send(new UpdateSecretVersionStageCommand(move))).rejects.toEqual(
      refusal('InvalidParameterException', 'RemoveFromVersionId'),
    );
    await used.secrets.send(new UpdateSecretVersionStageCommand({ ...move, RemoveFromVersionId: current }));
    expect(await get('rotated')).toMatchObject({ SecretString: 'two' });
    expect(await get('rotated', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one' });
  });

  it('keeps binary values apart from text', async () => {
    const SecretBinary = new TextEncoder().encode('bytes');
    await used.secrets.send(new CreateSecretCommand({ Name: 'binary', SecretBinary }));
    const found = await get('binary');
    expect(new TextDecoder().decode(found.SecretBinary)).toBe('bytes');
    expect(found.SecretString).toBeUndefined();
  });

  it('refuses a value over 64 KB', async () => {
    await create('large');
    await expect(put('large', 'x'.repeat(65_537))).rejects.toEqual(refusal('ValidationException'));
    expect(await put('large', 'x'.repeat(65_536))).toMatchObject({ Name: 'large' });
  });
});

describe('a secret', () => {
  it('is found by name, ARN and ARN without its last characters', async () => {
    const { ARN = '' } = await create('folder/named', 'x');
    expect(ARN).toMatch(/:secret:folder\/named-[A-Za-z0-9]{6}$/);
    for (const id of ['folder/named', ARN, ARN.slice(0, -7)]) {
      expect(await get(id)).toMatchObject({ SecretString: 'x', ARN, Name: 'folder/named' });
    }
    await expect(get(`${ARN.slice(0, -6)}AAAAAA`)).rejects.toEqual(refusal('ResourceNotFoundException'));
  });

  it('exists once', async () => {
    await create('unique');
    await expect(create('unique')).rejects.toEqual(refusal('ResourceExistsException'));
  });

  it('is unreadable while it waits for deletion, and can be restored', async () => {
    await create('deleted', 'x');
    await used.secrets.send(new DeleteSecretCommand({ SecretId: 'deleted' }));
    await expect(get('deleted')).rejects.toEqual(refusal('InvalidRequestException', 'marked for deletion'));
    await expect(create('deleted')).rejects.toEqual(
      refusal('InvalidRequestException', 'scheduled for deletion'),
    );
    await used.secrets.send(new RestoreSecretCommand({ SecretId: 'deleted' }));
    expect(await get('deleted')).toMatchObject({ SecretString: 'x' });
    await used.secrets.send(
      new DeleteSecretCommand({ SecretId: 'deleted', ForceDeleteWithoutRecovery: true }),
    );
    expect(await create('deleted')).toMatchObject({ Name: 'deleted' });
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
