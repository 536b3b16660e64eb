import { createHash } from 'node:crypto';
import { AwsError } from './aws-error.ts';
import type { Place } from './parameter-rules.ts';
import {
  CURRENT,
  checkValue,
  kept,
  moved,
  type SecretValue,
  type SecretVersion,
  sameValue,
} from './secret-versions.ts';

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly description: string | null;
  readonly keyId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly created: number;
  readonly changed: number;
  /** When it was marked for deletion and when it goes; null is in use. */
  readonly deletion: { readonly at: number; readonly due: number } | null;
  readonly versions: readonly SecretVersion[];
}

const STAGES = 20;
const DAY = 86_400_000;

/** The ARN a secret of this name has here; the six characters behind it follow from the name. */
export const secretArn = ({ region, account }: Place, name: string): string => {
  const suffix = createHash('sha256').update(name).digest('base64').replaceAll(/[+/=]/g, '').slice(0, 6);
  return `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
};

/** Secrets Manager in memory: data and rules. Times are milliseconds since the epoch. */
export type SecretStore = ReturnType<typeof createSecretStore>;

/** @param onNewCurrent called with the ARN of a secret whose AWSCURRENT has moved */
export const createSecretStore = (
  place: Place,
  initial: readonly Secret[] = [],
  onNewCurrent: (arn: string) => void = () => undefined,
) => {
  const secrets = new Map(initial.map((secret) => [secret.arn, secret]));

  /** By name, full ARN, or ARN without the six characters. @throws AwsError ResourceNotFoundException */
  const find = (id: string): Secret => {
    const found = [...secrets.values()].find(
      ({ name, arn }) => id === arn || id === name || id === arn.slice(0, -7),
    );
    if (found === undefined) throw notFound("Secrets Manager can't find the specified secret.");
    return found;
  };

  const inUse = (id: string): Secret => {
    const secret = find(id);
    if (secret.deletion !== null) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't perform this operation on the secret because it was marked for deletion.",
      );
    }
    return secret;
  };

  const save = (secret: Secret): Secret => {
    const before = current(secrets.get(secret.arn));
    secrets.set(secret.arn, secret);
    if (current(secret) !== before) onNewCurrent(secret.arn);
    return secret;
  };

  const create = (
    {
      name,
      description = null,
      keyId = null,
      tags = {},
    }: Pick<Secret, 'name'> & Partial<Pick<Secret, 'description' | 'keyId' | 'tags'>>,
    now: number,
  ): Secret => {
    if (!/^[\w/+=.@-]{1,512}$/.test(name)) {
      throw new AwsError(
        'ValidationException',
        'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
      );
    }
    const existing = [...secrets.values()].find((secret) => secret.name === name);
    if (existing?.deletion) {
      throw new AwsError(
        'InvalidRequestException',
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing !== undefined) {
      throw new AwsError(
        'ResourceExistsException',
        `The operation failed because the secret ${name} already exists.`,
      );
    }
    return save({
      name,
      arn: secretArn(place, name),
      description,
      keyId,
      tags,
      created: now,
      changed: now,
      deletion: null,
      versions: [],
    });
  };

  const get = (id: string, versionId: string | null, stage: string | null) => {
    const secret = inUse(id);
    const wanted = stage ?? (versionId === null ? CURRENT : null);
    const version = secret.versions.find(
      (each) =>
        (versionId === null || each.id === versionId) && (wanted === null || each.stages.includes(wanted)),
    );
    if (version !== undefined) return { secret, version };
    throw notFound(
      versionId === null
        ? `Secrets Manager can't find the specified secret value for staging label: ${wanted}`
        : `Secrets Manager can't find the specified secret value for VersionId: ${versionId}`,
    );
  };

  /** Adds a version; the same token with the same value again changes nothing. */
  const put = (
    id: string,
    { value, token, stages = [CURRENT] }: { value: SecretValue; token: string; stages?: readonly string[] },
    now: number,
  ) => {
    const secret = inUse(id);
    checkValue(value);
    if (token.length < 32 || token.length > 64) {
      throw new AwsError('InvalidParameterException', 'ClientRequestToken must be 32-64 characters long.');
    }
    if (stages.length > STAGES)
      throw new AwsError('LimitExceededException', `At most ${STAGES} staging labels.`);
    const existing = secret.versions.find((version) => version.id === token);
    if (existing !== undefined) {
      if (!sameValue(existing.value, value)) {
        throw new AwsError('ResourceExistsException', 'A resource with the ID you requested already exists.');
      }
      return { secret, version: existing };
    }
    const version: SecretVersion = { id: token, value, stages: [], created: now };
    const versions = stages.reduce<readonly SecretVersion[]>(
      (all, label) => moved(all, label, token),
      [...secret.versions, version],
    );
    const saved = save({ ...secret, versions: kept(versions), changed: now });
    return { secret: saved, version: saved.versions.find(({ id: found }) => found === token) ?? version };
  };

  /** Moves a staging label; moving AWSCURRENT leaves AWSPREVIOUS on the version it left. */
  const stage = (id: string, label: string, from: string | null, to: string | null, now: number): Secret => {
    const secret = inUse(id);
    const holder = secret.versions.find((version) => version.stages.includes(label));
    for (const versionId of [from, to]) {
      if (versionId !== null && !secret.versions.some((version) => version.id === versionId)) {
        throw notFound(`Secrets Manager can't find the specified secret value for VersionId: ${versionId}`);
      }
    }
    if (holder !== undefined && holder.id !== to && holder.id !== from) {
      throw new AwsError(
        'InvalidParameterException',
        `The parameter RemoveFromVersionId can't be ${from === null ? 'empty' : from}. Staging label ${label} is ` +
          `currently attached to version ${holder.id}, so you must explicitly reference that version in ` +
          'RemoveFromVersionId.',
      );
    }
    if (to === null && label === CURRENT) {
      throw new AwsError(
        'InvalidParameterException',
        `You can only move staging label ${CURRENT} to a different secret version. It can't be completely removed.`,
      );
    }
    return save({ ...secret, versions: kept(moved(secret.versions, label, to)), changed: now });
  };

  /** Marks for deletion after `days`; 0 deletes at once. */
  const remove = (id: string, days: number, now: number): Secret => {
    const secret = days === 0 ? find(id) : inUse(id);
    const marked = { ...secret, deletion: { at: now, due: now + days * DAY } };
    if (days === 0) secrets.delete(secret.arn);
    else save(marked);
    return marked;
  };

  const restore = (id: string): Secret => save({ ...find(id), deletion: null });

  /** Everything, sorted by name, as plain JSON. */
  const all = (): Secret[] => [...secrets.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

  const update = (id: string, changes: Partial<Pick<Secret, 'description' | 'keyId'>>, now: number): Secret =>
    save({ ...inUse(id), ...changes, changed: now });

  return { create, find, get, put, stage, remove, restore, update, all };
};

const current = (secret: Secret | undefined): string | undefined =>
  secret?.versions.find(({ stages }) => stages.includes(CURRENT))?.id;

const notFound = (message: string) => new AwsError('ResourceNotFoundException', message);
