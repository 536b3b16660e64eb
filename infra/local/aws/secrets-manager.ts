import { randomUUID } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import {
  type Action,
  epochSeconds,
  flag,
  type Json,
  objectList,
  optionalText,
  page,
  requiredText,
  textList,
  wholeNumber,
} from './input.ts';
import type { Secret, SecretStore } from './secret-store.ts';
import type { SecretValue, SecretVersion } from './secret-versions.ts';

/** The Secrets Manager actions over a secret store: wire members in, wire members out. */
export const secretsManagerActions = (store: SecretStore): Readonly<Record<string, Action>> => ({
  CreateSecret: (input, now) => {
    const created = store.create(
      {
        name: requiredText(input, 'Name'),
        description: optionalText(input, 'Description'),
        keyId: optionalText(input, 'KmsKeyId'),
        tags: Object.fromEntries(
          objectList(input, 'Tags').map((tag) => [
            requiredText(tag, 'Key'),
            optionalText(tag, 'Value') ?? '',
          ]),
        ),
      },
      now,
    );
    const value = valueIn(input);
    if (value === null) return named(created);
    return written(store.put(created.arn, { value, token: tokenIn(input) }, now));
  },

  GetSecretValue: (input) => {
    const { secret, version } = store.get(
      requiredText(input, 'SecretId'),
      optionalText(input, 'VersionId'),
      optionalText(input, 'VersionStage'),
    );
    return {
      ...written({ secret, version }),
      ...version.value,
      CreatedDate: epochSeconds(version.created),
    };
  },

  PutSecretValue: (input, now) => {
    const value = valueIn(input);
    if (value === null) {
      throw new AwsError('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
    }
    const stages = input['VersionStages'] ? { stages: textList(input, 'VersionStages', { most: 20 }) } : {};
    const id = requiredText(input, 'SecretId');
    return written(store.put(id, { value, token: tokenIn(input), ...stages }, now));
  },

  UpdateSecret: (input, now) => {
    const id = requiredText(input, 'SecretId');
    const description = optionalText(input, 'Description');
    const keyId = optionalText(input, 'KmsKeyId');
    const updated = store.update(
      id,
      { ...(description === null ? {} : { description }), ...(keyId === null ? {} : { keyId }) },
      now,
    );
    const value = valueIn(input);
    return value === null ? named(updated) : written(store.put(id, { value, token: tokenIn(input) }, now));
  },

  UpdateSecretVersionStage: (input, now) =>
    named(
      store.stage(
        requiredText(input, 'SecretId'),
        requiredText(input, 'VersionStage'),
        optionalText(input, 'RemoveFromVersionId'),
        optionalText(input, 'MoveToVersionId'),
        now,
      ),
    ),

  DescribeSecret: (input) => {
    const secret = store.find(requiredText(input, 'SecretId'));
    const { SecretVersionsToStages, ...rest } = listed(secret);
    return { ...rest, VersionIdsToStages: SecretVersionsToStages };
  },

  ListSecretVersionIds: (input) => {
    const secret = store.find(requiredText(input, 'SecretId'));
    const size = wholeNumber(input, 'MaxResults', { least: 1, most: 100, otherwise: 100 });
    const deprecated = flag(input, 'IncludeDeprecated');
    const versions = secret.versions.filter(({ stages }) => deprecated || stages.length > 0);
    const found = page(versions, optionalText(input, 'NextToken'), size, 'InvalidNextTokenException');
    return {
      ...named(secret),
      Versions: found.items.map(({ id, stages, created }) => ({
        VersionId: id,
        ...(stages.length === 0 ? {} : { VersionStages: stages }),
        CreatedDate: epochSeconds(created),
      })),
      NextToken: found.nextToken,
    };
  },

  ListSecrets: (input) => {
    const size = wholeNumber(input, 'MaxResults', { least: 1, most: 100, otherwise: 100 });
    const deleted = flag(input, 'IncludePlannedDeletion');
    const filters = objectList(input, 'Filters').map((filter) => {
      if (requiredText(filter, 'Key') !== 'name') {
        throw new AwsError('InvalidParameterException', 'The sandbox filters secrets by name only.');
      }
      return textList(filter, 'Values', { most: 10 });
    });
    const secrets = store
      .all()
      .filter(({ deletion }) => deleted || deletion === null)
      .filter(({ name }) => filters.every((starts) => starts.some((start) => name.startsWith(start))));
    const found = page(secrets, optionalText(input, 'NextToken'), size, 'InvalidNextTokenException');
    return { SecretList: found.items.map(listed), NextToken: found.nextToken };
  },

  DeleteSecret: (input, now) => {
    const window = input['RecoveryWindowInDays'] ?? null;
    const atOnce = flag(input, 'ForceDeleteWithoutRecovery');
    if (atOnce && window !== null) {
      throw new AwsError(
        'InvalidParameterException',
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
      );
    }
    const days = wholeNumber(input, 'RecoveryWindowInDays', { least: 7, most: 30, otherwise: 30 });
    const secret = store.remove(requiredText(input, 'SecretId'), atOnce ? 0 : days, now);
    return { ...named(secret), DeletionDate: epochSeconds(secret.deletion?.due ?? now) };
  },

  RestoreSecret: (input) => named(store.restore(requiredText(input, 'SecretId'))),
});

const valueIn = (input: Json): SecretValue | null => {
  const text = optionalText(input, 'SecretString');
  const binary = optionalText(input, 'SecretBinary');
  if (text === null && binary === null) return null;
  return {
    ...(text === null ? {} : { SecretString: text }),
    ...(binary === null ? {} : { SecretBinary: binary }),
  };
};

const tokenIn = (input: Json): string => optionalText(input, 'ClientRequestToken') ?? randomUUID();

const named = ({ arn, name }: Secret): Json => ({ ARN: arn, Name: name });

const written = ({ secret, version }: { secret: Secret; version: SecretVersion }): Json => ({
  ...named(secret),
  VersionId: version.id,
  VersionStages: version.stages,
});

const listed = (secret: Secret): Json => ({
  ...named(secret),
  ...(secret.description === null ? {} : { Description: secret.description }),
  ...(secret.keyId === null ? {} : { KmsKeyId: secret.keyId }),
  CreatedDate: epochSeconds(secret.created),
  LastChangedDate: epochSeconds(secret.changed),
  ...(secret.deletion === null ? {} : { DeletedDate: epochSeconds(secret.deletion.at) }),
  Tags: Object.entries(secret.tags).map(([Key, Value]) => ({ Key, Value })),
  SecretVersionsToStages: Object.fromEntries(
    secret.versions.filter(({ stages }) => stages.length > 0).map(({ id, stages }) => [id, stages]),
  ),
});
