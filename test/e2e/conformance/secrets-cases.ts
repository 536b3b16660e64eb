import { randomUUID } from 'node:crypto';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  ListSecretsCommand,
  PutSecretValueCommand,
  type PutSecretValueCommandInput,
  RestoreSecretCommand,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { type Clients, outcome } from './clients.ts';
import type { Case } from './ssm-cases.ts';

const create = ({ secrets }: Clients, Name: string, SecretString?: string) =>
  outcome(
    secrets.send(new CreateSecretCommand({ Name, ...(SecretString && { SecretString }) })),
    (answer) => answer.Name,
  );
const put = (
  { secrets }: Clients,
  SecretId: string,
  SecretString: string,
  more: Partial<PutSecretValueCommandInput> = {},
) =>
  outcome(
    secrets.send(new PutSecretValueCommand({ SecretId, SecretString, ...more })),
    (answer) => answer.VersionStages,
  );
const get = ({ secrets }: Clients, SecretId: string, more: Partial<GetSecretValueCommandInput> = {}) =>
  outcome(secrets.send(new GetSecretValueCommand({ SecretId, ...more })), (answer) => answer.SecretString);
const previous = { VersionStage: 'AWSPREVIOUS' };

export const SECRETS_CASES: readonly Case[] = [
  {
    name: 'GetSecretValue of a secret without a value is ResourceNotFoundException',
    run: async (c) => [await create(c, 'empty'), await get(c, 'empty')],
    aws: ['empty', 'ResourceNotFoundException'],
  },
  {
    name: 'GetSecretValue of a secret that is not there is ResourceNotFoundException',
    run: (c) => get(c, 'none'),
    aws: 'ResourceNotFoundException',
  },
  {
    name: 'PutSecretValue moves AWSCURRENT to the new and AWSPREVIOUS to the one before',
    run: async (c) => {
      await create(c, 'stages', 'one');
      const before = await get(c, 'stages', previous);
      const stages = await put(c, 'stages', 'two');
      await put(c, 'stages', 'three');
      return [before, stages, await get(c, 'stages'), await get(c, 'stages', previous)];
    },
    aws: ['ResourceNotFoundException', ['AWSCURRENT'], 'three', 'two'],
  },
  {
    name: 'PutSecretValue of another stage leaves AWSCURRENT alone',
    run: async (c) => {
      await create(c, 'pending', 'one');
      await put(c, 'pending', 'two', { VersionStages: ['AWSPENDING'] });
      return [await get(c, 'pending'), await get(c, 'pending', { VersionStage: 'AWSPENDING' })];
    },
    aws: ['one', 'two'],
  },
  {
    name: 'UpdateSecretVersionStage promotes a pending version, and the one before is AWSPREVIOUS',
    run: async (c) => {
      await create(c, 'promote', 'one');
      await put(c, 'promote', 'two', { VersionStages: ['AWSPENDING'] });
      const { VersionIdsToStages } = await c.secrets.send(new DescribeSecretCommand({ SecretId: 'promote' }));
      const at = (stage: string) =>
        Object.entries(VersionIdsToStages ?? {}).find(([, stages]) => stages.includes(stage))?.[0];
      await c.secrets.send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'promote',
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: at('AWSPENDING'),
          RemoveFromVersionId: at('AWSCURRENT'),
        }),
      );
      return [await get(c, 'promote'), await get(c, 'promote', previous)];
    },
    aws: ['two', 'one'],
  },
  {
    name: 'PutSecretValue with the same token and value happens once',
    run: async (c) => {
      await create(c, 'idempotent', 'one');
      const ClientRequestToken = randomUUID();
      await put(c, 'idempotent', 'two', { ClientRequestToken });
      await put(c, 'idempotent', 'three');
      await put(c, 'idempotent', 'two', { ClientRequestToken });
      return [await get(c, 'idempotent'), await get(c, 'idempotent', previous)];
    },
    aws: ['three', 'two'],
  },
  {
    name: 'PutSecretValue with the same token and another value is ResourceExistsException',
    run: async (c) => {
      await create(c, 'conflict', 'one');
      const ClientRequestToken = randomUUID();
      await put(c, 'conflict', 'two', { ClientRequestToken });
      return put(c, 'conflict', 'three', { ClientRequestToken });
    },
    aws: 'ResourceExistsException',
  },
  {
    name: 'PutSecretValue takes 65536 bytes and refuses one more',
    run: async (c) => {
      await create(c, 'large', 'one');
      return [await put(c, 'large', 'x'.repeat(65_536)), await put(c, 'large', 'x'.repeat(65_537))];
    },
    aws: [['AWSCURRENT'], 'ValidationException'],
  },
  {
    name: 'PutSecretValue to a secret that is not there is ResourceNotFoundException',
    run: (c) => put(c, 'none', 'one'),
    aws: 'ResourceNotFoundException',
  },
  {
    name: 'CreateSecret of a name that is taken is ResourceExistsException',
    run: async (c) => [await create(c, 'once', 'one'), await create(c, 'once', 'two')],
    aws: ['once', 'ResourceExistsException'],
  },
  {
    name: 'GetSecretValue takes the name, the ARN and the ARN without its last characters',
    run: async (c) => {
      await create(c, 'found/by', 'one');
      const { ARN = '' } = await c.secrets.send(new DescribeSecretCommand({ SecretId: 'found/by' }));
      const ids = ['found/by', ARN, ARN.slice(0, -7), `${ARN.slice(0, -6)}AAAAAA`];
      return Promise.all(ids.map((id) => get(c, id)));
    },
    aws: ['one', 'one', 'one', 'ResourceNotFoundException'],
  },
  {
    name: 'GetSecretValue of a version by its id',
    run: async (c) => {
      await create(c, 'by-id', 'one');
      const { VersionId } = await c.secrets.send(new GetSecretValueCommand({ SecretId: 'by-id' }));
      await put(c, 'by-id', 'two');
      return [await get(c, 'by-id', { VersionId }), await get(c, 'by-id', { VersionId: randomUUID() })];
    },
    aws: ['one', 'ResourceNotFoundException'],
  },
  {
    name: 'GetSecretValue of a secret that waits for deletion is InvalidRequestException, until it is restored',
    run: async (c) => {
      await create(c, 'deleted', 'one');
      await c.secrets.send(new DeleteSecretCommand({ SecretId: 'deleted', RecoveryWindowInDays: 7 }));
      const gone = [
        await get(c, 'deleted'),
        await put(c, 'deleted', 'two'),
        await create(c, 'deleted', 'three'),
      ];
      await c.secrets.send(new RestoreSecretCommand({ SecretId: 'deleted' }));
      return [...gone, await get(c, 'deleted')];
    },
    aws: ['InvalidRequestException', 'InvalidRequestException', 'InvalidRequestException', 'one'],
  },
  {
    name: 'DeleteSecret without recovery frees the name at once',
    run: async (c) => {
      await create(c, 'forced', 'one');
      await c.secrets.send(new DeleteSecretCommand({ SecretId: 'forced', ForceDeleteWithoutRecovery: true }));
      return [await get(c, 'forced'), await create(c, 'forced', 'two'), await get(c, 'forced')];
    },
    aws: ['ResourceNotFoundException', 'forced', 'two'],
  },
  {
    name: 'DescribeSecret shows the stages of versions that have one, and no value',
    run: async (c) => {
      await create(c, 'described', 'one');
      await put(c, 'described', 'two');
      await put(c, 'described', 'three');
      return outcome(c.secrets.send(new DescribeSecretCommand({ SecretId: 'described' })), (answer) => [
        answer.Name,
        Object.values(answer.VersionIdsToStages ?? {})
          .flat()
          .sort(),
        Object.keys(answer.VersionIdsToStages ?? {}).length,
        'SecretString' in answer,
      ]);
    },
    aws: ['described', ['AWSCURRENT', 'AWSPREVIOUS'], 2, false],
  },
  {
    name: 'ListSecrets filters by the beginning of a name',
    run: async (c) => {
      await create(c, 'listed/one', 'one');
      await create(c, 'listed/two', 'two');
      const Filters = [{ Key: 'name' as const, Values: ['listed/'] }];
      return outcome(c.secrets.send(new ListSecretsCommand({ Filters })), ({ SecretList }) =>
        SecretList?.map(({ Name }) => Name).sort(),
      );
    },
    aws: ['listed/one', 'listed/two'],
  },
];
