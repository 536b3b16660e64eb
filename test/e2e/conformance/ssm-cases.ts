import {
  AddTagsToResourceCommand,
  DeleteParameterCommand,
  DeleteParametersCommand,
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  ListTagsForResourceCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
  UnlabelParameterVersionCommand,
} from '@aws-sdk/client-ssm';
import { type Clients, outcome, PLACE } from './clients.ts';

/** What an operation, or a few of them, must come to. */
export interface Case {
  readonly name: string;
  readonly run: (clients: Clients) => Promise<unknown>;
  /** As AWS documents it. */
  readonly aws: unknown;
}

const put = ({ ssm }: Clients, Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  outcome(
    ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more })),
    ({ Version, Tier }) => ({
      Version,
      Tier,
    }),
  );
const over = { Overwrite: true } as const;
const get = ({ ssm }: Clients, Name: string, WithDecryption = false) =>
  outcome(ssm.send(new GetParameterCommand({ Name, WithDecryption })), ({ Parameter: found }) => ({
    Name: found?.Name,
    Type: found?.Type,
    Value: found?.Value,
    Version: found?.Version,
    Selector: found?.Selector,
  }));
const history = ({ ssm }: Clients, Name: string, MaxResults?: number) =>
  ssm.send(new GetParameterHistoryCommand({ Name, ...(MaxResults && { MaxResults }) }));
const unlabel = ({ ssm }: Clients, Name: string, ParameterVersion: number, Labels: string[]) =>
  outcome(
    ssm.send(new UnlabelParameterVersionCommand({ Name, ParameterVersion, Labels })),
    ({ RemovedLabels, InvalidLabels }) => ({ removed: RemovedLabels, invalid: InvalidLabels }),
  );
const label = ({ ssm }: Clients, Name: string, Labels: string[], ParameterVersion?: number) =>
  outcome(
    ssm.send(
      new LabelParameterVersionCommand({ Name, Labels, ...(ParameterVersion && { ParameterVersion }) }),
    ),
    (answer) => ({ invalid: answer.InvalidLabels, version: answer.ParameterVersion }),
  );
const standard = (Version: number) => ({ Version, Tier: 'Standard' });
const advanced = (Version: number) => ({ Version, Tier: 'Advanced' });
const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => make(n));
const inTurn = async (count: number, step: (index: number) => Promise<unknown>) => {
  let last: unknown;
  for (let index = 0; index < count; index += 1) last = await step(index);
  return last;
};

const refusedNames = {
  'that begins with ssm': 'ssm-x',
  'with a character that none may have': '/x/y z',
  'without a leading slash but with others': 'x/y',
  'that ends with a slash': '/refused/',
};

export const SSM_CASES: readonly Case[] = [
  {
    name: 'PutParameter creates version 1 of tier Standard',
    run: (c) => put(c, '/put/new', 'a'),
    aws: standard(1),
  },
  {
    name: 'PutParameter counts versions up when overwriting',
    run: async (c) => [await put(c, '/put/again', 'a'), await put(c, '/put/again', 'a', over)],
    aws: [standard(1), standard(2)],
  },
  {
    name: 'PutParameter without Overwrite is an atomic create',
    run: async (c) => [
      await put(c, '/put/once', 'a'),
      await put(c, '/put/once', 'b'),
      await get(c, '/put/once'),
    ],
    aws: [
      standard(1),
      'ParameterAlreadyExists',
      { Name: '/put/once', Type: 'String', Value: 'a', Version: 1, Selector: undefined },
    ],
  },
  {
    name: 'PutParameter with tags and Overwrite is refused',
    run: async (c) => {
      await put(c, '/put/tags', 'a');
      return put(c, '/put/tags', 'b', { ...over, Tags: [{ Key: 'k', Value: 'v' }] });
    },
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter keeps the type where an overwrite leaves it out',
    run: async (c) => {
      await put(c, '/put/type', 'a', { Type: 'SecureString' });
      await put(c, '/put/type', 'b', { ...over, Type: undefined });
      return get(c, '/put/type', true);
    },
    aws: { Name: '/put/type', Type: 'SecureString', Value: 'b', Version: 2, Selector: undefined },
  },
  {
    name: 'PutParameter does not make a String a SecureString',
    run: async (c) => {
      await put(c, '/put/kind', 'a');
      return put(c, '/put/kind', 'b', { ...over, Type: 'SecureString' });
    },
    aws: 'HierarchyTypeMismatchException',
  },
  {
    name: 'PutParameter takes 4096 bytes in tier Standard',
    run: (c) => put(c, '/size/4096', 'x'.repeat(4096)),
    aws: standard(1),
  },
  {
    name: 'PutParameter refuses 4097 bytes in tier Standard',
    run: (c) => put(c, '/size/4097', 'x'.repeat(4097), { Tier: 'Standard' }),
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter makes 4097 bytes Advanced where tiering is intelligent',
    run: (c) => put(c, '/size/auto', 'x'.repeat(4097), { Tier: 'Intelligent-Tiering' }),
    aws: advanced(1),
  },
  {
    name: 'PutParameter keeps 4096 bytes Standard where tiering is intelligent',
    run: (c) => put(c, '/size/auto-small', 'x'.repeat(4096), { Tier: 'Intelligent-Tiering' }),
    aws: standard(1),
  },
  {
    name: 'PutParameter refuses 8193 bytes in any tier',
    run: (c) => put(c, '/size/8193', 'x'.repeat(8193), { Tier: 'Advanced' }),
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter does not take an Advanced parameter back to Standard',
    run: async (c) => {
      await put(c, '/size/back', 'a', { Tier: 'Advanced' });
      return put(c, '/size/back', 'a', { ...over, Tier: 'Standard' });
    },
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter refuses a value with {{',
    run: (c) => put(c, '/put/braces', 'a{{b}}'),
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter refuses an empty value',
    run: (c) => put(c, '/put/empty', ''),
    aws: 'ValidationException',
  },
  {
    name: 'PutParameter refuses a value that AllowedPattern does not allow',
    run: (c) => put(c, '/put/pattern', 'abc', { AllowedPattern: '^\\d+$' }),
    aws: 'ParameterPatternMismatchException',
  },
  ...Object.entries(refusedNames).map(([what, Name]) => ({
    name: `PutParameter refuses a name ${what}`,
    run: (c: Clients) => put(c, Name, 'a'),
    aws: 'ValidationException',
  })),
  {
    name: 'PutParameter refuses a name that begins with aws',
    run: (c) => put(c, '/aws/x', 'a'),
    aws: 'AccessDeniedException',
  },
  {
    name: 'PutParameter refuses a name with sixteen levels',
    run: (c) => put(c, `/${times(16, () => 'l').join('/')}`, 'a'),
    aws: 'HierarchyLevelLimitExceededException',
  },
  {
    name: 'GetParameter of a name that is not there is ParameterNotFound',
    run: (c) => get(c, '/get/none'),
    aws: 'ParameterNotFound',
  },
  {
    name: 'GetParameter with decryption answers the value of a SecureString',
    run: async (c) => {
      await put(c, '/get/secure', 'open sesame', { Type: 'SecureString' });
      return get(c, '/get/secure', true);
    },
    aws: { Name: '/get/secure', Type: 'SecureString', Value: 'open sesame', Version: 1, Selector: undefined },
  },
  {
    name: 'GetParameter without decryption answers ciphertext',
    run: async (c) => {
      await put(c, '/get/sealed', 'open sesame', { Type: 'SecureString' });
      const { Value } = (await get(c, '/get/sealed')) as { Value: string };
      return Value.includes('sesame');
    },
    aws: false,
  },
  {
    name: 'GetParameter reads one version by its number',
    run: async (c) => {
      await inTurn(3, (n) => put(c, '/get/version', `v${n + 1}`, over));
      return get(c, '/get/version:2');
    },
    aws: { Name: '/get/version', Type: 'String', Value: 'v2', Version: 2, Selector: ':2' },
  },
  {
    name: 'GetParameter of a version that is not there is ParameterVersionNotFound',
    run: async (c) => {
      await put(c, '/get/versions', 'a');
      return get(c, '/get/versions:7');
    },
    aws: 'ParameterVersionNotFound',
  },
  {
    name: 'GetParameter reads by ARN',
    run: async (c) => {
      await put(c, '/get/arn', 'a');
      return get(c, `arn:aws:ssm:${PLACE.region}:${PLACE.account}:parameter/get/arn`);
    },
    aws: { Name: '/get/arn', Type: 'String', Value: 'a', Version: 1, Selector: undefined },
  },
  {
    name: 'GetParameter reads by label',
    run: async (c) => {
      await inTurn(2, (n) => put(c, '/get/label', `v${n + 1}`, over));
      return [await label(c, '/get/label', ['good'], 1), await get(c, '/get/label:good')];
    },
    aws: [
      { invalid: [], version: 1 },
      { Name: '/get/label', Type: 'String', Value: 'v1', Version: 1, Selector: ':good' },
    ],
  },
  {
    name: 'GetParameters answers those there are and lists the others',
    run: async (c) => {
      await put(c, '/many/a', 'a');
      const Names = ['/many/a', '/many/none', '/many/a:9'];
      return outcome(c.ssm.send(new GetParametersCommand({ Names })), (answer) => [
        answer.Parameters?.map(({ Name }) => Name),
        answer.InvalidParameters,
      ]);
    },
    aws: [['/many/a'], ['/many/none', '/many/a:9']],
  },
  {
    name: 'GetParameters refuses eleven names',
    run: (c) =>
      outcome(
        c.ssm.send(new GetParametersCommand({ Names: times(11, (n) => `/many/${n}`) })),
        () => 'answered',
      ),
    aws: 'ValidationException',
  },
  {
    name: 'GetParametersByPath is one level deep',
    run: async (c) => {
      await put(c, '/tree/a', 'a');
      await put(c, '/tree/b/c', 'c');
      return outcome(c.ssm.send(new GetParametersByPathCommand({ Path: '/tree' })), (answer) =>
        answer.Parameters?.map(({ Name }) => Name),
      );
    },
    aws: ['/tree/a'],
  },
  {
    name: 'GetParametersByPath is of all levels where asked, in pages of at most ten',
    run: async (c) => {
      await inTurn(12, (n) => put(c, `/forest/${n % 2 === 0 ? 'even' : 'odd'}/${n}`, 'a'));
      const page = (NextToken?: string) =>
        c.ssm.send(new GetParametersByPathCommand({ Path: '/forest', Recursive: true, NextToken }));
      const first = await page();
      const second = await page(first.NextToken);
      return [first.Parameters?.length, second.Parameters?.length, second.NextToken];
    },
    aws: [10, 2, undefined],
  },
  {
    name: 'GetParametersByPath refuses pages of eleven',
    run: (c) =>
      outcome(
        c.ssm.send(new GetParametersByPathCommand({ Path: '/tree', MaxResults: 11 })),
        () => 'answered',
      ),
    aws: 'ValidationException',
  },
  {
    name: 'GetParametersByPath refuses a path without a leading slash',
    run: (c) => outcome(c.ssm.send(new GetParametersByPathCommand({ Path: 'tree' })), () => 'answered'),
    aws: 'ValidationException',
  },
  {
    name: 'GetParametersByPath of a path with nothing below is an empty list',
    run: (c) =>
      outcome(
        c.ssm.send(new GetParametersByPathCommand({ Path: '/nothing' })),
        ({ Parameters }) => Parameters,
      ),
    aws: [],
  },
  {
    name: 'GetParameterHistory lists every version, oldest first',
    run: async (c) => {
      await inTurn(3, (n) => put(c, '/history/a', `v${n + 1}`, over));
      const { Parameters } = await history(c, '/history/a');
      return Parameters?.map(({ Version, Value }) => [Version, Value]);
    },
    aws: [
      [1, 'v1'],
      [2, 'v2'],
      [3, 'v3'],
    ],
  },
  {
    name: 'GetParameterHistory keeps a hundred versions',
    run: async (c) => {
      const last = await inTurn(101, (n) => put(c, '/history/long', `v${n + 1}`, over));
      return [
        last,
        await get(c, '/history/long:1'),
        ((await get(c, '/history/long:2')) as { Value: string }).Value,
      ];
    },
    aws: [standard(101), 'ParameterVersionNotFound', 'v2'],
  },
  {
    name: 'PutParameter is refused where the oldest of a hundred versions has a label',
    run: async (c) => {
      await inTurn(100, (n) => put(c, '/history/labelled', `v${n + 1}`, over));
      await label(c, '/history/labelled', ['first'], 1);
      return put(c, '/history/labelled', 'v101', over);
    },
    aws: 'ParameterMaxVersionLimitExceeded',
  },
  {
    name: 'PutParameter goes on once that label is removed',
    run: async (c) => {
      await inTurn(100, (n) => put(c, '/history/unlabelled', `v${n + 1}`, over));
      await label(c, '/history/unlabelled', ['first'], 1);
      await unlabel(c, '/history/unlabelled', 1, ['first']);
      return put(c, '/history/unlabelled', 'v101', over);
    },
    aws: standard(101),
  },
  {
    name: 'GetParameterHistory begins with the oldest fifty, and a token for the rest',
    run: async (c) => {
      await inTurn(103, (n) => put(c, '/history/pages', `v${n + 1}`, over));
      const { Parameters: [first, ...more] = [], NextToken } = await history(c, '/history/pages', 50);
      return [first?.Version, more.length, more.at(-1)?.Version, typeof NextToken];
    },
    aws: [4, 49, 53, 'string'],
  },
  {
    name: 'GetParameterHistory tells the labels of each version',
    run: async (c) => {
      await inTurn(3, (n) => put(c, '/history/labels', `v${n + 1}`, over));
      await label(c, '/history/labels', ['known-good', 'audit'], 1);
      await label(c, '/history/labels', ['now'], 3);
      const { Parameters } = await history(c, '/history/labels');
      return Parameters?.map(({ Version, Labels }) => [Version, Labels?.toSorted()]);
    },
    aws: [
      [1, ['audit', 'known-good']],
      [2, []],
      [3, ['now']],
    ],
  },
  {
    name: 'GetParameterHistory without decryption answers ciphertext',
    run: async (c) => {
      await put(c, '/history/sealed', 'open sesame', { Type: 'SecureString' });
      const { Parameters } = await history(c, '/history/sealed');
      return Parameters?.map(({ Version, Value }) => [Version, Value?.includes('sesame')]);
    },
    aws: [[1, false]],
  },
  {
    name: 'GetParameterHistory refuses pages of fifty-one',
    run: async (c) => {
      await put(c, '/history/wide', 'a');
      return outcome(history(c, '/history/wide', 51), () => 'answered');
    },
    aws: 'ValidationException',
  },
  {
    name: 'GetParameterHistory of a name that is not there is ParameterNotFound',
    run: (c) => outcome(history(c, '/history/none'), () => 'answered'),
    aws: 'ParameterNotFound',
  },
  {
    name: 'LabelParameterVersion moves a label from one version to another',
    run: async (c) => {
      await inTurn(2, (n) => put(c, '/label/move', `v${n + 1}`, over));
      await label(c, '/label/move', ['best'], 1);
      await label(c, '/label/move', ['best'], 2);
      return ((await get(c, '/label/move:best')) as { Value: string }).Value;
    },
    aws: 'v2',
  },
  {
    name: 'LabelParameterVersion labels the newest version where none is named',
    run: async (c) => {
      await inTurn(2, (n) => put(c, '/label/newest', `v${n + 1}`, over));
      return [await label(c, '/label/newest', ['now']), await label(c, '/label/newest', ['then'], 1)];
    },
    aws: [
      { invalid: [], version: 2 },
      { invalid: [], version: 1 },
    ],
  },
  {
    name: 'LabelParameterVersion answers labels that are none',
    run: async (c) => {
      await put(c, '/label/bad', 'a');
      return label(c, '/label/bad', ['1st', 'awsome', 'fine']);
    },
    aws: { invalid: ['1st', 'awsome'], version: 1 },
  },
  {
    name: 'LabelParameterVersion refuses an eleventh label on a version',
    run: async (c) => {
      await put(c, '/label/many', 'a');
      await label(
        c,
        '/label/many',
        times(10, (n) => `l${n}`),
      );
      return label(c, '/label/many', ['l10']);
    },
    aws: 'ParameterVersionLabelLimitExceeded',
  },
  {
    name: 'UnlabelParameterVersion takes a label away',
    run: async (c) => {
      await put(c, '/label/gone', 'a');
      await label(c, '/label/gone', ['here'], 1);
      const { removed } = (await unlabel(c, '/label/gone', 1, ['here'])) as { removed: string[] };
      return [removed, await get(c, '/label/gone:here')];
    },
    aws: [['here'], 'ParameterVersionNotFound'],
  },
  {
    name: 'UnlabelParameterVersion answers labels the version does not carry',
    run: async (c) => {
      await inTurn(2, (n) => put(c, '/label/other', `v${n + 1}`, over));
      await label(c, '/label/other', ['one'], 1);
      await label(c, '/label/other', ['two'], 2);
      return unlabel(c, '/label/other', 1, ['one', 'two', 'none']);
    },
    aws: { removed: ['one'], invalid: ['two', 'none'] },
  },
  {
    name: 'DescribeParameters filters by path and shows no value',
    run: async (c) => {
      await put(c, '/described/a', 'a', { Description: 'an a' });
      const ParameterFilters = [{ Key: 'Path', Option: 'Recursive', Values: ['/described'] }];
      return outcome(c.ssm.send(new DescribeParametersCommand({ ParameterFilters })), ({ Parameters }) =>
        Parameters?.map((found) => [
          found.Name,
          found.Type,
          found.Description,
          found.Version,
          'Value' in found,
        ]),
      );
    },
    aws: [['/described/a', 'String', 'an a', 1, false]],
  },
  {
    name: 'DeleteParameter deletes, and a second time finds nothing',
    run: async (c) => {
      await put(c, '/delete/a', 'a');
      const remove = () =>
        outcome(c.ssm.send(new DeleteParameterCommand({ Name: '/delete/a' })), () => 'deleted');
      return [await remove(), await get(c, '/delete/a'), await remove()];
    },
    aws: ['deleted', 'ParameterNotFound', 'ParameterNotFound'],
  },
  {
    name: 'PutParameter after a deletion starts again at version 1',
    run: async (c) => {
      await inTurn(2, () => put(c, '/delete/again', 'a', over));
      await c.ssm.send(new DeleteParameterCommand({ Name: '/delete/again' }));
      return put(c, '/delete/again', 'b');
    },
    aws: standard(1),
  },
  {
    name: 'DeleteParameters answers which were there',
    run: async (c) => {
      await put(c, '/delete/there', 'a');
      const Names = ['/delete/there', '/delete/not'];
      return outcome(c.ssm.send(new DeleteParametersCommand({ Names })), (answer) => [
        answer.DeletedParameters,
        answer.InvalidParameters,
      ]);
    },
    aws: [['/delete/there'], ['/delete/not']],
  },
  {
    name: 'AddTagsToResource adds to the tags there are',
    run: async (c) => {
      await put(c, '/tags/a', 'a', { Tags: [{ Key: 'one', Value: '1' }] });
      const resource = { ResourceType: 'Parameter', ResourceId: '/tags/a' } as const;
      await c.ssm.send(new AddTagsToResourceCommand({ ...resource, Tags: [{ Key: 'two', Value: '2' }] }));
      return outcome(c.ssm.send(new ListTagsForResourceCommand(resource)), ({ TagList }) => TagList);
    },
    aws: [
      { Key: 'one', Value: '1' },
      { Key: 'two', Value: '2' },
    ],
  },
];
