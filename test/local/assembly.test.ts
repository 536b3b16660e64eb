import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAssembly } from '../../infra/local/assembly.ts';
import { resolver, type Template } from '../../infra/local/intrinsics.ts';
import { stages } from '../../infra/stages.ts';
import { useAssembly } from './assembly-fixture.ts';

const place = { region: 'eu-west-1', account: '000000000000' };

/** CloudFormation's placeholders, told apart from JavaScript's. */
const sub = (text: string) => text.replaceAll('%{', '$' + '{');

describe('the synthesized app', () => {
  const assembly = useAssembly();

  it('has a function, a schedule, a secret and a config parameter for every connection', () => {
    const { functions, schedules, parameters, secrets, connections } = readAssembly(
      assembly.directory,
      place,
    );
    for (const [name, { provider }] of Object.entries(stages.dev.connections)) {
      const [functionName, connection] =
        Object.entries(connections).find(([, each]) => each.connection === name) ?? [];
      expect(connection).toMatchObject({ provider, tokenParameter: `/token-refresher/tokens/${name}` });
      const deployed = functions.find((each) => each.name === functionName);
      const entry = provider === 'uae-pass' ? 'watch' : 'refresh';
      expect(deployed).toMatchObject({ handler: `${entry}.handler`, timeoutSeconds: 60 });
      expect(existsSync(join(deployed?.directory ?? '', `${entry}.cjs`))).toBe(true);
      expect(schedules.find((each) => each.functionName === functionName)).toMatchObject({
        input: '{"action":"tick"}',
        everySeconds: connection?.tickSeconds,
      });
      expect(parameters.map((each) => each.name)).toContain(`/token-refresher/config/${name}`);
      expect(secrets[connection?.secretArn ?? '']).toBe(`token-refresher/${name}`);
    }
  });

  it('has an exchange function for a connection whose tokens need a login, which is no connection of its own', () => {
    const { functions, connections, exchanges } = readAssembly(assembly.directory, place);
    expect(exchanges).toEqual({ 'uae-pass': 'token-refresher-uae-pass-exchange' });
    expect(Object.keys(connections)).not.toContain('token-refresher-uae-pass-exchange');
    const exchange = functions.find(({ name }) => name === exchanges['uae-pass']);
    expect(exchange).toMatchObject({ handler: 'exchange.handler', timeoutSeconds: 15 });
  });

  it('has no intrinsic left in what the functions see', () => {
    const { functions, parameters } = readAssembly(assembly.directory, place);
    const seen = JSON.stringify([functions.map(({ environment }) => environment), parameters]);
    expect(seen).not.toMatch(/Fn::|"Ref"|\$\{|\[object/);
  });
});

describe('intrinsic functions', () => {
  const template: Template = {
    Resources: {
      Key: { Type: 'AWS::KMS::Key' },
      Named: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': sub('q-%{AWS::Region}') } } },
      Plain: { Type: 'AWS::Lambda::Function' },
      Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alarms' } },
      Role: { Type: 'AWS::IAM::Role', Properties: { RoleName: 'reader' } },
      Secret: { Type: 'AWS::SecretsManager::Secret', Properties: { Name: 'folder/name' } },
      Logs: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/x' } },
    },
  };
  const resolve = resolver(template, place, 'stack');

  it.each<[unknown, unknown]>([
    [{ Ref: 'AWS::Region' }, 'eu-west-1'],
    [{ Ref: 'AWS::NoValue' }, undefined],
    [{ Ref: 'Plain' }, 'stack-Plain'],
    [{ Ref: 'Named' }, 'q-eu-west-1'],
    [{ Ref: 'Topic' }, 'arn:aws:sns:eu-west-1:000000000000:alarms'],
    [{ Ref: 'Secret' }, expect.stringMatching(/:secret:folder\/name-[A-Za-z0-9]{6}$/)],
    [{ Ref: 'Key' }, expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)],
    [
      { 'Fn::GetAtt': ['Key', 'Arn'] },
      expect.stringMatching(/^arn:aws:kms:eu-west-1:000000000000:key\/[\da-f-]{36}$/),
    ],
    [{ 'Fn::GetAtt': ['Plain', 'Arn'] }, 'arn:aws:lambda:eu-west-1:000000000000:function:stack-Plain'],
    [{ 'Fn::GetAtt': ['Named', 'Arn'] }, 'arn:aws:sqs:eu-west-1:000000000000:q-eu-west-1'],
    [{ 'Fn::GetAtt': ['Role', 'Arn'] }, 'arn:aws:iam::000000000000:role/reader'],
    [{ 'Fn::GetAtt': ['Logs', 'Arn'] }, 'arn:aws:logs:eu-west-1:000000000000:log-group:/aws/x:*'],
    [{ 'Fn::GetAtt': ['Named', 'QueueUrl'] }, 'q-eu-west-1.QueueUrl'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, 'a-000000000000'],
    [
      { 'Fn::Sub': sub('x %{Named} %{Plain.Arn} %{!literal}') },
      sub('x q-eu-west-1 arn:aws:lambda:eu-west-1:000000000000:function:stack-Plain %{literal}'),
    ],
    [{ 'Fn::Sub': [sub('%{a}/%{AWS::Partition}'), { a: { Ref: 'Named' } }] }, 'q-eu-west-1/aws'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [
      { nested: [{ Ref: 'Named' }], more: 1 },
      { nested: ['q-eu-west-1'], more: 1 },
    ],
  ])('resolve %j', (value, resolved) => {
    expect(resolve(value)).toEqual(resolved);
  });

  it.each([
    [{ Ref: 'Absent' }, '"Absent", which it does not define'],
    [{ 'Fn::ImportValue': 'x' }, 'does not resolve Fn::ImportValue'],
  ])('refuse %j', (value, sentence) => {
    expect(() => resolve(value)).toThrow(sentence);
  });

  it('give the same key every time', () => {
    const key = { Ref: 'Key' };
    expect(resolver(template, place, 'other')(key)).toBe(resolve(key));
  });
});

describe('an assembly', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));
  const read = (resources: Template['Resources'], artifacts?: object) => {
    const stack = { type: 'aws:cloudformation:stack', properties: { templateFile: 'stack.json' } };
    writeFileSync(join(directory, 'manifest.json'), JSON.stringify({ artifacts: artifacts ?? { stack } }));
    writeFileSync(join(directory, 'stack.json'), JSON.stringify({ Resources: resources }));
    return readAssembly(directory, place);
  };
  const schedule = (expression: string, more: object = {}) => ({
    Tick: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: { ScheduleExpression: expression, Target: { Arn: 'arn:a:b:c:d:function:f' }, ...more },
    },
  });

  it.each([
    ['rate(1 minute)', 60],
    ['rate(15 minutes)', 900],
    ['rate(2 hours)', 7200],
    ['rate(1 day)', 86_400],
  ])('reads %s', (expression, everySeconds) => {
    expect(read(schedule(expression)).schedules).toMatchObject([
      { functionName: 'f', everySeconds, input: '{}' },
    ]);
  });

  it('leaves out a schedule that is disabled and a function without an asset', () => {
    const inline = { Inline: { Type: 'AWS::Lambda::Function', Properties: { Code: { ZipFile: '' } } } };
    const { schedules, functions } = read({ ...schedule('rate(1 day)', { State: 'DISABLED' }), ...inline });
    expect([schedules, functions]).toEqual([[], []]);
  });

  it('is refused where the sandbox could not run it', () => {
    expect(() => read(schedule('cron(0 0 * * ? *)'))).toThrow('rate(…) schedules only');
    expect(() => read({}, {})).toThrow('there is no stack');
    const lost = { Lost: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: 'x.zip' } } } };
    expect(() => read(lost)).toThrow('no code asset x.zip');
  });
});
