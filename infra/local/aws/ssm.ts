import { createHash } from 'node:crypto';
import { AwsError, constraint, validation } from './aws-error.ts';
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
import { matches, type ParameterFilter, readFilters } from './parameter-filters.ts';
import { checkPath, type Place, parameterArn } from './parameter-rules.ts';
import type { Found, Parameter, ParameterStore, ParameterVersion } from './parameter-store.ts';

const NAMES = 10;
const USER = 'user/sandbox';

/** The SSM actions over a parameter store: wire members in, wire members out. */
export const ssmActions = (store: ParameterStore, place: Place): Readonly<Record<string, Action>> => {
  const arn = (name: string) => parameterArn(place, name);

  const described = ({ name, version, selector }: Found, decrypt: boolean): Json => ({
    Name: name,
    Type: version.type,
    Value: decrypt ? version.value : sealed(arn(name), version),
    Version: version.version,
    ...(selector === null ? {} : { Selector: `:${selector}` }),
    LastModifiedDate: epochSeconds(version.lastModified),
    ARN: arn(name),
    DataType: version.dataType,
  });

  const metadata = (name: string, version: ParameterVersion): Json => ({
    Name: name,
    Type: version.type,
    ...(version.keyId === null ? {} : { KeyId: version.keyId }),
    LastModifiedDate: epochSeconds(version.lastModified),
    LastModifiedUser: `arn:aws:iam::${place.account}:${USER}`,
    ...(version.description === null ? {} : { Description: version.description }),
    ...(version.allowedPattern === null ? {} : { AllowedPattern: version.allowedPattern }),
    Version: version.version,
    Tier: version.tier,
    Policies: [],
    DataType: version.dataType,
  });

  const newest = ({ versions }: Parameter) => versions.at(-1) as ParameterVersion;
  const chosen = (filters: readonly ParameterFilter[]) =>
    store.all().filter((parameter) => matches(parameter, filters));

  return {
    PutParameter: (input, now) => {
      const put = store.put(
        {
          name: requiredText(input, 'Name'),
          value: requiredText(input, 'Value'),
          type: optionalText(input, 'Type'),
          overwrite: flag(input, 'Overwrite'),
          tier: optionalText(input, 'Tier'),
          keyId: optionalText(input, 'KeyId'),
          description: optionalText(input, 'Description'),
          allowedPattern: optionalText(input, 'AllowedPattern'),
          dataType: optionalText(input, 'DataType'),
          tags: tagMap(objectList(input, 'Tags')),
        },
        now,
      );
      return { Version: put.version, Tier: put.tier };
    },

    GetParameter: (input, _now, asOf) => {
      const found = store.get(requiredText(input, 'Name'), asOf);
      return { Parameter: described(found, flag(input, 'WithDecryption')) };
    },

    GetParameters: (input, _now, asOf) => {
      const found: Json[] = [];
      const invalid: string[] = [];
      const asked = textList(input, 'Names', { most: NAMES });
      if (new Set(asked).size < asked.length) {
        throw validation('Duplicate names are not allowed in one GetParameters request.');
      }
      for (const name of asked) {
        try {
          found.push(described(store.get(name, asOf), flag(input, 'WithDecryption')));
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          invalid.push(name);
        }
      }
      return { Parameters: found, InvalidParameters: invalid };
    },

    GetParametersByPath: (input) => {
      const path = requiredText(input, 'Path');
      checkPath(path);
      const size = wholeNumber(input, 'MaxResults', { least: 1, most: 10, otherwise: 10 });
      const option = flag(input, 'Recursive') ? 'Recursive' : 'OneLevel';
      const inPath: ParameterFilter = { key: 'Path', option, values: [path] };
      const filters = readFilters(objectList(input, 'ParameterFilters'), ['Type', 'KeyId', 'Label']);
      const listed = page(
        chosen([inPath, ...filters]),
        optionalText(input, 'NextToken'),
        size,
        'InvalidNextToken',
      );
      return {
        Parameters: listed.items.map((parameter) =>
          described(
            { name: parameter.name, version: newest(parameter), selector: null },
            flag(input, 'WithDecryption'),
          ),
        ),
        NextToken: listed.nextToken,
      };
    },

    DescribeParameters: (input) => {
      const size = wholeNumber(input, 'MaxResults', { least: 1, most: 50, otherwise: 50 });
      const filters = readFilters(objectList(input, 'ParameterFilters'), [
        'Name',
        'Path',
        'Type',
        'KeyId',
        'Tier',
      ]);
      const listed = page(chosen(filters), optionalText(input, 'NextToken'), size, 'InvalidNextToken');
      return {
        Parameters: listed.items.map((parameter) => ({
          ...metadata(parameter.name, newest(parameter)),
          ARN: arn(parameter.name),
        })),
        NextToken: listed.nextToken,
      };
    },

    GetParameterHistory: (input) => {
      const { name, versions } = store.history(requiredText(input, 'Name'));
      const size = wholeNumber(input, 'MaxResults', { least: 1, most: 50, otherwise: 50 });
      const listed = page(versions, optionalText(input, 'NextToken'), size, 'InvalidNextToken');
      return {
        Parameters: listed.items.map((version) => ({
          ...metadata(name, version),
          Value: flag(input, 'WithDecryption') ? version.value : sealed(arn(name), version),
          Labels: version.labels,
        })),
        NextToken: listed.nextToken,
      };
    },

    LabelParameterVersion: (input) => {
      const number = input['ParameterVersion'] ?? null;
      if (number !== null && typeof number !== 'number')
        throw constraint('parameterVersion', 'be a whole number');
      const labels = textList(input, 'Labels', { most: 10 });
      const { version, invalid } = store.label(requiredText(input, 'Name'), labels, number);
      return { InvalidLabels: invalid, ParameterVersion: version };
    },

    UnlabelParameterVersion: (input) => {
      const number = wholeNumber(input, 'ParameterVersion', { least: 1, most: 2 ** 40, otherwise: 0 });
      const labels = textList(input, 'Labels', { most: 10 });
      const { removed, invalid } = store.unlabel(requiredText(input, 'Name'), labels, number);
      return { RemovedLabels: removed, InvalidLabels: invalid };
    },

    DeleteParameter: (input) => {
      store.remove(requiredText(input, 'Name'));
      return {};
    },

    DeleteParameters: (input) => {
      const deleted: string[] = [];
      const invalid: string[] = [];
      for (const name of textList(input, 'Names', { most: NAMES })) {
        try {
          store.remove(name);
          deleted.push(name);
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
          invalid.push(name);
        }
      }
      return { DeletedParameters: deleted, InvalidParameters: invalid };
    },

    AddTagsToResource: (input) => {
      store.tag(taggedParameter(input), tagMap(objectList(input, 'Tags')));
      return {};
    },

    ListTagsForResource: (input) => ({
      TagList: Object.entries(store.tags(taggedParameter(input))).map(([Key, Value]) => ({ Key, Value })),
    }),
  };
};

/** What a SecureString reads as without decryption: base64 that changes with every version. */
const sealed = (arn: string, { type, value, version, lastModified }: ParameterVersion): string => {
  if (type !== 'SecureString') return value;
  const block = (n: number) => createHash('sha512').update(`${arn} ${version} ${lastModified} ${n}`).digest();
  const header = Buffer.from('0102020078', 'hex');
  const size = Buffer.byteLength(value) + 145;
  const noise = Buffer.concat(Array.from({ length: Math.ceil(size / 64) }, (_, n) => block(n)));
  return Buffer.concat([header, noise.subarray(0, size)]).toString('base64');
};

const tagMap = (tags: readonly Json[]): Record<string, string> =>
  Object.fromEntries(tags.map((tag) => [requiredText(tag, 'Key'), optionalText(tag, 'Value') ?? '']));

const taggedParameter = (input: Json): string => {
  if (requiredText(input, 'ResourceType') !== 'Parameter') {
    throw new AwsError('InvalidResourceType', 'The sandbox tags resources of type Parameter only.');
  }
  return requiredText(input, 'ResourceId');
};
