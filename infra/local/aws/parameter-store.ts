import { AwsError, constraint, validation } from './aws-error.ts';
import { checkName, isLabel, parseReference, TIERS, type Tier, TYPES, tierOf } from './parameter-rules.ts';

export interface ParameterVersion {
  readonly version: number;
  readonly type: string;
  readonly value: string;
  readonly tier: Tier;
  readonly keyId: string | null;
  readonly description: string | null;
  readonly allowedPattern: string | null;
  readonly dataType: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  readonly labels: readonly string[];
}

export interface Parameter {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Oldest first, at most 100. */
  readonly versions: readonly ParameterVersion[];
}

export interface NewVersion {
  readonly name: string;
  readonly value: string;
  readonly type?: string | null;
  readonly overwrite?: boolean;
  readonly tier?: string | null;
  readonly keyId?: string | null;
  readonly description?: string | null;
  readonly allowedPattern?: string | null;
  readonly dataType?: string | null;
  readonly tags?: Readonly<Record<string, string>>;
}

/** One version of one parameter, and the selector it was found by. */
export interface Found {
  readonly name: string;
  readonly version: ParameterVersion;
  readonly selector: string | null;
}

const VERSIONS = 100;
const PARAMETERS = 10_000;
const LABELS = 10;
const DEFAULT_KEY = 'alias/aws/ssm';

/** Parameter Store in memory: data and rules. Times are milliseconds since the epoch. */
export type ParameterStore = ReturnType<typeof createParameterStore>;

export const createParameterStore = (initial: readonly Parameter[] = []) => {
  const parameters = new Map(initial.map((parameter) => [parameter.name, parameter]));

  const lookup = (names: readonly string[]): Parameter => {
    const found = names.map((name) => parameters.get(name)).find((parameter) => parameter !== undefined);
    if (found === undefined) throw new AwsError('ParameterNotFound');
    return found;
  };

  /** @throws AwsError for a name, value, type or tier that Parameter Store refuses */
  const put = (wanted: NewVersion, now: number): { version: number; tier: Tier } => {
    const { name, value, overwrite = false, tags = {} } = wanted;
    checkName(name);
    if (value === '') throw constraint('value', 'have length greater than or equal to 1');
    const stored = parameters.get(name);
    const newest = stored?.versions.at(-1);
    if (stored !== undefined && !overwrite) {
      throw new AwsError(
        'ParameterAlreadyExists',
        'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
      );
    }
    if (overwrite && Object.keys(tags).length > 0) {
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please " +
          'remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or ' +
          'RemoveTagsFromResource.',
      );
    }
    if (stored === undefined && parameters.size >= PARAMETERS) {
      throw new AwsError(
        'ParameterLimitExceeded',
        `The limit of ${PARAMETERS} parameters of this account is reached.`,
      );
    }
    const type = wanted.type ?? newest?.type;
    if (type === undefined) throw validation('A parameter type is required when you create a parameter.');
    if (!TYPES.includes(type)) throw constraint('type', `satisfy enum value set: [${TYPES.join(', ')}]`);
    if (newest !== undefined && newest.type !== type) {
      throw new AwsError(
        'HierarchyTypeMismatchException',
        "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't change " +
          'a parameter from a String type to a SecureString type. You must create a new, unique parameter.',
      );
    }
    const keyId = wanted.keyId ?? newest?.keyId ?? null;
    if (wanted.keyId && type !== 'SecureString') {
      throw validation('KeyId is required for SecureString type parameter only.');
    }
    const tier = wanted.tier ?? newest?.tier ?? 'Standard';
    if (!TIERS.includes(tier)) throw constraint('tier', `satisfy enum value set: [${TIERS.join(', ')}]`);
    const allowedPattern = wanted.allowedPattern ?? newest?.allowedPattern ?? null;
    if (allowedPattern !== null && !new RegExp(allowedPattern).test(value)) {
      throw new AwsError(
        'ParameterPatternMismatchException',
        `Parameter value, cannot be validated against allowedPattern: ${allowedPattern}`,
      );
    }
    const version: ParameterVersion = {
      version: (newest?.version ?? 0) + 1,
      type,
      value,
      tier: tierOf(value, tier, newest?.tier ?? null),
      keyId: type === 'SecureString' ? (keyId ?? DEFAULT_KEY) : null,
      description: wanted.description ?? newest?.description ?? null,
      allowedPattern,
      dataType: wanted.dataType ?? newest?.dataType ?? 'text',
      lastModified: now,
      labels: [],
    };
    parameters.set(name, {
      name,
      tags: stored?.tags ?? tags,
      versions: [...withoutOldest(name, stored?.versions ?? []), version],
    });
    return { version: version.version, tier: version.tier };
  };

  /**
   * @param asOf versions written after this instant are not seen: a stale read
   * @throws AwsError ParameterNotFound, ParameterVersionNotFound
   */
  const get = (reference: string, asOf = Number.POSITIVE_INFINITY): Found => {
    const { names, selector } = parseReference(reference);
    const { name, versions } = lookup(names);
    const seen = versions.filter(({ lastModified }) => lastModified <= asOf);
    const version =
      selector === null
        ? seen.at(-1)
        : seen.find((each) => String(each.version) === selector || each.labels.includes(selector));
    if (version !== undefined) return { name, version, selector };
    if (selector === null) throw new AwsError('ParameterNotFound');
    throw new AwsError(
      'ParameterVersionNotFound',
      `Systems Manager could not find version ${selector} of ${name}. Verify the version and try again.`,
    );
  };

  const history = (reference: string): { name: string; versions: readonly ParameterVersion[] } =>
    lookup(parseReference(reference).names);

  const remove = (reference: string): void => {
    parameters.delete(lookup(parseReference(reference).names).name);
  };

  /** Puts labels on a version (the newest unless given); a label moves. Answers those that are no labels. */
  const label = (reference: string, wanted: readonly string[], number: number | null) => {
    const parameter = lookup(parseReference(reference).names);
    const target = get(number === null ? parameter.name : `${parameter.name}:${number}`).version.version;
    const labels = wanted.filter(isLabel);
    const versions = parameter.versions.map((each) => ({
      ...each,
      labels: [
        ...each.labels.filter((existing) => !labels.includes(existing)),
        ...(each.version === target ? labels : []),
      ],
    }));
    if (versions.some((each) => each.labels.length > LABELS)) {
      throw new AwsError(
        'ParameterVersionLabelLimitExceeded',
        `A parameter version can have a maximum of ${LABELS} labels. Move one or more labels to another version ` +
          'and try again.',
      );
    }
    parameters.set(parameter.name, { ...parameter, versions });
    return { version: target, invalid: wanted.filter((each) => !isLabel(each)) };
  };

  /** Takes labels off a version. Answers those that it did not carry. */
  const unlabel = (reference: string, wanted: readonly string[], number: number) => {
    const parameter = lookup(parseReference(reference).names);
    const { labels } = get(`${parameter.name}:${number}`).version;
    const versions = parameter.versions.map((each) =>
      each.version === number ? { ...each, labels: labels.filter((label) => !wanted.includes(label)) } : each,
    );
    parameters.set(parameter.name, { ...parameter, versions });
    return {
      removed: wanted.filter((each) => labels.includes(each)),
      invalid: wanted.filter((each) => !labels.includes(each)),
    };
  };

  const tags = (name: string) => {
    const found = parameters.get(name);
    if (found === undefined) throw new AwsError('InvalidResourceId', 'The resource ID is not valid.');
    return found.tags;
  };

  const tag = (name: string, added: Readonly<Record<string, string>>): void => {
    const merged = { ...tags(name), ...added };
    parameters.set(name, { ...lookup([name]), tags: merged });
  };

  /** Everything, sorted by name, as plain JSON. */
  const all = (): Parameter[] => [...parameters.values()].sort((a, b) => (a.name < b.name ? -1 : 1));

  return { put, get, history, remove, label, unlabel, tags, tag, all };
};

/** Room for one more version. A label on the oldest of 100 blocks the write. */
const withoutOldest = (name: string, versions: readonly ParameterVersion[]): readonly ParameterVersion[] => {
  const [oldest, ...rest] = versions;
  if (oldest === undefined || versions.length < VERSIONS) return versions;
  if (oldest.labels.length > 0) {
    throw new AwsError(
      'ParameterMaxVersionLimitExceeded',
      `You attempted to create a new version of ${name} by calling the PutParameter API with the overwrite flag. ` +
        `Version ${oldest.version}, the oldest version, can't be deleted because it has a label associated with ` +
        'it. Move the label to another version of the parameter, and try again.',
    );
  }
  return rest;
};
