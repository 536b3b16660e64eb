import {
  DescribeParametersCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersByPathCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  PutParameterCommand,
  type PutParameterCommandInput,
} from '@aws-sdk/client-ssm';
import { describe, expect, it } from 'vitest';
import { useEndpoint } from './endpoint.ts';

const { used, calls } = useEndpoint();

const put = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  used.ssm.send(new PutParameterCommand({ Name, Value, Type: 'String', ...more }));
const overwrite = (Name: string, Value: string, more: Partial<PutParameterCommandInput> = {}) =>
  put(Name, Value, { Overwrite: true, ...more });
const get = async (Name: string, WithDecryption = true) =>
  (await used.ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
const refusal = (name: string, message = '') =>
  expect.objectContaining({ name, message: expect.stringContaining(message) });

describe('PutParameter', () => {
  it('keeps type, tier and key where an overwrite leaves them out', async () => {
    await put('/put/kept', 'one', { Type: 'SecureString', Tier: 'Intelligent-Tiering', KeyId: 'alias/mine' });
    await overwrite('/put/kept', 'two', { Type: undefined });
    const described = await used.ssm.send(
      new DescribeParametersCommand({ ParameterFilters: [{ Key: 'Name', Values: ['/put/kept'] }] }),
    );
    expect(described.Parameters?.[0]).toMatchObject({
      Type: 'SecureString',
      KeyId: 'alias/mine',
      Version: 2,
    });
  });

  it.each([
    ['standard', 4096, {}, 'Standard'],
    ['intelligent at 4 KB', 4096, { Tier: 'Intelligent-Tiering' }, 'Standard'],
    ['intelligent over 4 KB', 4097, { Tier: 'Intelligent-Tiering' }, 'Advanced'],
    ['advanced', 8192, { Tier: 'Advanced' }, 'Advanced'],
  ] as const)('stores %s', async (title, bytes, more, tier) => {
    const name = `/put/size/${title.replaceAll(' ', '-')}`;
    expect(await put(name, 'x'.repeat(bytes), more)).toMatchObject({ Tier: tier });
    expect((await get(name))?.Value).toHaveLength(bytes);
  });

  it.each([
    ['standard over 4 KB', 'x'.repeat(4097), {}, '4096'],
    ['bytes and not characters', 'é'.repeat(2049), {}, '4096'],
    ['advanced over 8 KB', 'x'.repeat(8193), { Tier: 'Advanced' }, '8192'],
    ['intelligent over 8 KB', 'x'.repeat(8193), { Tier: 'Intelligent-Tiering' }, '8192'],
    ['an empty value', '', {}, 'length greater than or equal to 1'],
    ['a nested parameter', 'a{{b}}', {}, "can't nest"],
    ['half of a nested parameter', '{"a":{{', {}, "can't nest"],
    ['tags with Overwrite', 'x', { Overwrite: true, Tags: [{ Key: 'a', Value: 'b' }] }, 'tags and overwrite'],
    ['no type for a new parameter', 'x', { Type: undefined }, 'type'],
    ['an unknown type', 'x', { Type: 'Secret' as 'String' }, 'enum'],
    ['a key for a String', 'x', { KeyId: 'alias/mine' }, 'SecureString'],
  ] as const)('refuses %s', async (_, value, more, message) => {
    await expect(put('/put/refused', value, more as Partial<PutParameterCommandInput>)).rejects.toEqual(
      refusal('ValidationException', message),
    );
    await expect(get('/put/refused')).rejects.toEqual(refusal('ParameterNotFound'));
  });

  it.each([
    ['a/b', 'ValidationException'],
    ['/a b', 'ValidationException'],
    ['/a//b', 'ValidationException'],
    ['/a/', 'ValidationException'],
    ['awsome', 'ValidationException'],
    ['SSM-x', 'ValidationException'],
    ['/aws/x', 'AccessDeniedException'],
    ['/a:1', 'ValidationException'],
    [`/${'a'.repeat(1011)}`, 'ValidationException'],
    ['/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16', 'HierarchyLevelLimitExceededException'],
  ])('refuses the name %s', async (name, code) => {
    await expect(put(name, 'x')).rejects.toEqual(refusal(code));
  });

  it('takes fifteen levels', async () => {
    expect(await put('/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15', 'x')).toMatchObject({ Version: 1 });
  });

  it('keeps a parameter advanced, and says why it cannot be a standard one again', async () => {
    await put('/put/advanced', 'x', { Tier: 'Advanced' });
    await expect(overwrite('/put/advanced', 'x', { Tier: 'Standard' })).rejects.toEqual(
      refusal('ValidationException', 'downgrade'),
    );
    expect(await overwrite('/put/advanced', 'x')).toMatchObject({ Tier: 'Advanced' });
  });

  it('keeps an allowed pattern for later versions', async () => {
    await put('/put/pattern', '12', { AllowedPattern: '^\\d+$' });
    await expect(overwrite('/put/pattern', 'x')).rejects.toEqual(
      refusal('ParameterPatternMismatchException'),
    );
  });
});

describe('versions', () => {
  it('lists the history in pages, oldest first', async () => {
    await put('/versions/history', 'one', { Type: 'SecureString' });
    await overwrite('/versions/history', 'two', { Type: 'SecureString' });
    const command = { Name: '/versions/history', MaxResults: 1, WithDecryption: true };
    const first = await used.ssm.send(new GetParameterHistoryCommand(command));
    const second = await used.ssm.send(
      new GetParameterHistoryCommand({ ...command, NextToken: first.NextToken }),
    );
    expect([first, second].map((each) => each.Parameters?.[0]?.Value)).toEqual(['one', 'two']);
    expect(second.NextToken).toBeUndefined();
  });
});

describe('reading', () => {
  it('shows a SecureString only with decryption', async () => {
    await put('/read/secure', 'canary-value', { Type: 'SecureString' });
    expect(await get('/read/secure')).toMatchObject({ Value: 'canary-value' });
    const sealed = await get('/read/secure', false);
    expect(sealed?.Value).toMatch(/^AQICAH[\w+/]{100,}=*$/);
    expect(Buffer.from(sealed?.Value ?? '', 'base64').toString('latin1')).not.toContain('canary');
    expect(await get('/read/secure', false)).toEqual(sealed);
  });

  it('reads by ARN, version and label', async () => {
    const Name = '/read/ways';
    await put(Name, 'one');
    await overwrite(Name, 'two');
    await used.ssm.send(new LabelParameterVersionCommand({ Name, ParameterVersion: 1, Labels: ['old'] }));
    const arn = 'arn:aws:ssm:eu-west-1:000000000000:parameter/read/ways';
    expect(await get(arn)).toMatchObject({ Value: 'two', ARN: arn, Name });
    expect(await get(`${arn}:1`)).toMatchObject({ Value: 'one' });
    expect(await get(`${Name}:old`)).toMatchObject({ Value: 'one', Selector: ':old' });
    await put('flat', 'x');
    expect(await get('arn:aws:ssm:eu-west-1:000000000000:parameter/flat')).toMatchObject({ Name: 'flat' });
    await expect(get(`${Name}:3`)).rejects.toEqual(refusal('ParameterVersionNotFound', '3'));
    await expect(get(`${Name}:new`)).rejects.toEqual(refusal('ParameterVersionNotFound'));
    await expect(get('/read/nothing')).rejects.toEqual(refusal('ParameterNotFound'));
  });

  it('says how many names it takes at once', async () => {
    const Names = Array.from({ length: 11 }, (_, n) => `/read/${n}`);
    await expect(used.ssm.send(new GetParametersCommand({ Names }))).rejects.toEqual(
      refusal('ValidationException', 'less than or equal to 10'),
    );
  });

  it('lists a path one level deep or all of it, in pages of at most ten', async () => {
    for (let n = 10; n < 22; n += 1) await put(`/tree/${n}`, 'x');
    await put('/tree/deep/er', 'x');
    await put('/treetop', 'x');
    const list = (more: object) => used.ssm.send(new GetParametersByPathCommand({ Path: '/tree', ...more }));
    const first = await list({ Recursive: true });
    const second = await list({ Recursive: true, NextToken: first.NextToken });
    expect(first.Parameters).toHaveLength(10);
    expect(second.Parameters?.map(({ Name }) => Name)).toEqual(['/tree/20', '/tree/21', '/tree/deep/er']);
    expect((await list({ NextToken: first.NextToken })).Parameters).toHaveLength(2);
    await expect(list({ MaxResults: 11 })).rejects.toEqual(refusal('ValidationException', 'maxResults'));
    await expect(list({ NextToken: 'made-up' })).rejects.toEqual(refusal('InvalidNextToken'));
    await expect(list({ Path: 'tree' })).rejects.toEqual(refusal('ValidationException', 'forward slash'));
  });

  it('describes by name, path, type and tier, never with a value', async () => {
    await put('/describe/secure', 'x', { Type: 'SecureString', Tier: 'Advanced', Description: 'what it is' });
    await put('/describe/plain', 'x');
    const describeBy = async (Key: string, Values: string[], Option?: string) =>
      (
        await used.ssm.send(
          new DescribeParametersCommand({
            ParameterFilters: [
              { Key: 'Path', Values: ['/describe'] },
              { Key, Values, Option },
            ],
          }),
        )
      ).Parameters;
    const [found, ...rest] = (await describeBy('Type', ['SecureString'])) ?? [];
    expect(rest).toEqual([]);
    expect(found).toMatchObject({ Name: '/describe/secure', Tier: 'Advanced', Description: 'what it is' });
    expect(found).not.toHaveProperty('Value');
    expect(await describeBy('Tier', ['Standard'])).toHaveLength(1);
    expect(await describeBy('Name', ['plain'], 'Contains')).toHaveLength(1);
    await expect(describeBy('Colour', ['red'])).rejects.toEqual(refusal('InvalidFilterKey'));
    await expect(describeBy('Name', ['x'], 'EndsWith')).rejects.toEqual(refusal('InvalidFilterOption'));
  });
});

describe('the record of calls', () => {
  it('names operation, caller, resource and outcome and holds no value', async () => {
    calls.length = 0;
    await put('/record/a', 'canary-value');
    await get('/record/none').catch(() => undefined);
    expect(calls).toEqual([
      {
        service: 'ssm',
        operation: 'PutParameter',
        caller: 'AKIATEST',
        resources: ['/record/a'],
        outcome: 'ok',
      },
      {
        service: 'ssm',
        operation: 'GetParameter',
        caller: 'AKIATEST',
        resources: ['/record/none'],
        outcome: 'ParameterNotFound',
      },
    ]);
  });
});
