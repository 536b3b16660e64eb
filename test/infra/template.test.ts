import { Template } from 'aws-cdk-lib/assertions';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic, type TopicProps } from 'aws-cdk-lib/aws-sns';
import { Duration, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { parseConnection } from '../../functions/connection.ts';
import { parseAction } from '../../functions/event.ts';
import { type CloudFormationTemplate, inWords, resourcesOf } from '../../infra/reference/template.ts';
import { TokenRefresher, type TokenRefresherProps } from '../../infra/token-refresher.ts';
import { annotationsIn, app, make, ONE_OF_EACH, synthesize } from './synthesize.ts';

const properties = (template: CloudFormationTemplate, type: string) =>
  resourcesOf(template, type).map(([, { Properties }]) => Properties);

// Assets and the machine they were made on do not belong into a tripwire.
const withoutAssets = (template: CloudFormationTemplate): string =>
  `${JSON.stringify(template, null, 2).replaceAll(/[0-9a-f]{64}/g, '<asset>')}\n`;

describe('the template', () => {
  it('changes only on purpose', async () => {
    await expect(withoutAssets(synthesize())).toMatchFileSnapshot('__snapshots__/one-of-each.template.json');
  });

  it('keeps within the 4096 bytes of an environment and of a parameter, with the longest names and settings', () => {
    const redirectUris = Array.from(
      { length: 30 },
      (_, index) => `https://a.example/${'x'.repeat(75)}/${index}`,
    );
    expect(JSON.stringify({ redirectUris }).length).toBeGreaterThan(2900);
    const long = synthesize({
      prefix: `/${'p'.repeat(14)}`,
      connections: { ['c'.repeat(40)]: { provider: 'uae-pass', redirectUris } },
    });
    const LONGEST_ARN = 'x'.repeat(150);
    const bytes = (value: string | { 'Fn::Join': [string, unknown[]] }): number =>
      typeof value === 'string'
        ? value.length
        : value['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : LONGEST_ARN)).join('').length;
    const environments = properties(long, 'AWS::Lambda::Function').map(({ Environment }) =>
      Object.entries<string>(Environment?.Variables ?? {}),
    );
    for (const variables of environments)
      expect(variables.reduce((sum, [name, value]) => sum + name.length + bytes(value), 0)).toBeLessThan(
        4096,
      );
    const [config] = properties(long, 'AWS::SSM::Parameter');
    expect(bytes(config.Value)).toBeGreaterThan(3500);
    expect(bytes(config.Value)).toBeLessThanOrEqual(4096);
  });

  it('gives each function of a connection a connection that it can read', () => {
    const template = synthesize();
    const connections = properties(template, 'AWS::Lambda::Function')
      .filter(({ Environment }) => Environment?.Variables.CONNECTION !== undefined)
      .map(({ Environment }) => parseConnection(inWords(Environment.Variables.CONNECTION, template)));
    expect(connections).toEqual([
      {
        connection: 'uqudo',
        provider: 'uqudo',
        settings: {},
        secretArn: 'secret token-refresher/uqudo',
        tokenParameter: '/token-refresher/tokens/uqudo',
        statusParameter: '/token-refresher/status/uqudo',
        keyArn: 'the key',
        lifetimeSeconds: 1800,
        renewBeforeSeconds: 900,
        tickSeconds: 60,
      },
      ...Array.from({ length: 2 }, () =>
        expect.objectContaining({
          connection: 'uae-pass',
          settings: { redirectUris: ['https://www.example.com/uae-pass/callback'] },
          codesPath: '/token-refresher/codes/uae-pass',
          tickSeconds: 120,
        }),
      ),
    ]);
  });

  it('lets a connection that needs a login be watched and not refreshed, and tells where its codes go', () => {
    const template = synthesize();
    const functions = properties(template, 'AWS::Lambda::Function');
    const handlers = functions.map(({ FunctionName, Handler }) => [FunctionName, Handler]);
    expect(handlers).toContainEqual(['token-refresher-uqudo', 'refresh.handler']);
    expect(handlers).toContainEqual(['token-refresher-uae-pass', 'watch.handler']);
    expect(handlers).toContainEqual(['token-refresher-uae-pass-exchange', 'exchange.handler']);
    const configs = properties(template, 'AWS::SSM::Parameter').map(({ Value }) => inWords(Value, template));
    expect(configs.map((config) => JSON.parse(config).exchangeFunctionName)).toEqual([
      undefined,
      'function token-refresher-uae-pass-exchange',
    ]);
  });

  it('sends the refresh function events that it knows', () => {
    const template = synthesize();
    const inputs = [
      ...properties(template, 'AWS::Scheduler::Schedule').map(({ Target }) => Target.Input),
      ...properties(template, 'AWS::Events::Rule').flatMap(({ Targets }) =>
        Targets.map(({ Input }: { Input: string }) => Input),
      ),
    ].map((input) => parseAction(JSON.parse(input), 0).action);
    expect(inputs).toEqual(['tick', 'tick', 'refresh']);
  });

  it('refreshes on a new current version of a secret, not on its other labels', () => {
    const template = synthesize();
    expect(properties(template, 'AWS::Events::Rule')).toEqual([
      expect.objectContaining({
        EventPattern: {
          source: ['aws.secretsmanager'],
          'detail-type': ['Secret Label Updated'],
          resources: [{ Ref: expect.stringContaining('uqudoCredentials') }],
          detail: { labelUpdated: ['AWSCURRENT'] },
        },
      }),
    ]);
  });

  it('says how long readers may cache', () => {
    const all = Template.fromStack(make().stack).toJSON()['Outputs'] as Record<string, { Value: string }>;
    expect(Object.values(all).map(({ Value }) => Value)).toEqual(['780', '1620']);
  });

  it('puts everything under another prefix, so that two refreshers can share a stack', () => {
    const stack = new Stack(app(), 'stack');
    new TokenRefresher(stack, 'One', { connections: ONE_OF_EACH });
    new TokenRefresher(stack, 'Two', { connections: ONE_OF_EACH, prefix: '/payments/tokens-eu' });
    const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
    const names = properties(template, 'AWS::Lambda::Function')
      .map(({ FunctionName }) => FunctionName)
      .filter((name) => name !== undefined);
    expect(names).toContain('payments-tokens-eu-uqudo');
    expect(new Set(names).size).toBe(names.length);
    const alarms = properties(template, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName);
    expect(new Set(alarms).size).toBe(alarms.length);
  });

  it('keeps the function behind its custom resources under another prefix, since CloudFormation lets no custom resource change its function', () => {
    const behind = (prefix: string) => {
      const template = synthesize({ prefix });
      return Object.entries(template.Resources)
        .filter(([, { Type }]) => Type.startsWith('Custom::'))
        .map(([id, { Properties }]) => {
          const handler: string = Properties.ServiceToken['Fn::GetAtt'][0];
          // The two properties of a function that replace it where they change.
          const { FunctionName, PackageType } = template.Resources[handler]?.Properties ?? {};
          return { id, handler, FunctionName, PackageType };
        });
    };
    expect(behind('/token-refresher')).toHaveLength(3);
    expect(behind('/other/tree')).toEqual(behind('/token-refresher'));
  });

  it('ticks by the renewBefore that is set', () => {
    const template = synthesize({
      connections: { mine: { provider: 'igni', workspace: 'acme', renewBefore: Duration.minutes(30) } },
    });
    expect(properties(template, 'AWS::Scheduler::Schedule')[0].ScheduleExpression).toBe('rate(2 minutes)');
  });

  it('reserves concurrency only where it is asked to', () => {
    const reserved = (reservedConcurrency?: number) =>
      properties(
        synthesize({ connections: { uqudo: { provider: 'uqudo', reservedConcurrency } } }),
        'AWS::Lambda::Function',
      ).find(({ Handler }) => Handler === 'refresh.handler').ReservedConcurrentExecutions;
    expect(reserved()).toBeUndefined();
    expect(reserved(2)).toBe(2);
  });
});

describe('options', () => {
  it("use the caller's key and topic and make none", () => {
    const stack = new Stack(app(), 'stack');
    const key = new Key(stack, 'MyKey');
    const alarmTopic = new Topic(stack, 'MyTopic');
    new TokenRefresher(stack, 'TokenRefresher', { connections: ONE_OF_EACH, key, alarmTopic });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::KMS::Key', 1);
    template.resourceCountIs('AWS::SNS::Topic', 1);
    template.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmActions: [{ Ref: stack.getLogicalId(alarmTopic.node.defaultChild as never) }],
    });
  });

  describe('let alarms publish to a topic of the caller', () => {
    const statements = (topicProps: TopicProps, afterwards = (_: Topic) => {}) => {
      const stack = new Stack(app(), 'stack');
      const alarmTopic = new Topic(stack, 'MyTopic', topicProps);
      new TokenRefresher(stack, 'TokenRefresher', { connections: ONE_OF_EACH, alarmTopic });
      afterwards(alarmTopic);
      return properties(
        Template.fromStack(stack).toJSON() as CloudFormationTemplate,
        'AWS::SNS::TopicPolicy',
      ).flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    };
    const mayPublish = expect.objectContaining({
      Effect: 'Allow',
      Action: 'sns:Publish',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
    });

    it('where it has a policy, which says who may, made before or after', () => {
      expect(statements({ enforceSSL: true })).toContainEqual(mayPublish);
      const others = new ServicePrincipal('budgets.amazonaws.com');
      expect(statements({}, (topic) => topic.grantPublish(others))).toContainEqual(mayPublish);
    });

    it('each by a statement of its own where two refreshers share it', () => {
      const stack = new Stack(app(), 'stack');
      const alarmTopic = new Topic(stack, 'MyTopic', { enforceSSL: true });
      for (const prefix of ['/one', '/two'])
        new TokenRefresher(stack, prefix.slice(1), { connections: ONE_OF_EACH, alarmTopic, prefix });
      const [{ PolicyDocument }] = properties(
        Template.fromStack(stack).toJSON() as CloudFormationTemplate,
        'AWS::SNS::TopicPolicy',
      );
      const sids = PolicyDocument.Statement.map(({ Sid }: { Sid?: string }) => Sid);
      expect(PolicyDocument.Statement).toHaveLength(3);
      expect(new Set(sids).size).toBe(3);
    });

    it('and leave it without one where it has none, since a policy takes away what everybody else may', () => {
      expect(statements({})).toEqual([]);
    });
  });

  it('keep tokens, and with them their key, when asked to', () => {
    const kept = synthesize({ tokensOnDelete: 'keep' });
    expect(properties(kept, 'Custom::TokenCleanup')[0].tokensOnDelete).toBe('keep');
    expect(resourcesOf(kept, 'AWS::KMS::Key')[0]?.[1].DeletionPolicy).toBe('Retain');
    expect(resourcesOf(synthesize(), 'AWS::KMS::Key')[0]?.[1].DeletionPolicy).toBe('Delete');
  });

  it('warn where alarms would reach nobody, unless that is said or the topic is given', () => {
    const warnings = (props: Partial<TokenRefresherProps>) => annotationsIn(make(props).stack, 'warning');
    expect(warnings({ alarmEmails: undefined })).toEqual([
      'alarms reach nobody: write alarmEmails, such as ["ops@example.com"], or alarmTopic; alarmEmails: [] says that ' +
        'nobody is to be told, or that who is subscribes elsewhere [ack: token-refresher:alarms-reach-nobody]',
    ]);
    expect(warnings({ alarmEmails: [] })).toEqual([]);
    expect(warnings({ alarmEmails: ['ops@example.com'] })).toEqual([]);
    const stack = new Stack(app(), 'topics');
    const alarmTopic = Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-central-1:111122223333:ops');
    expect(warnings({ alarmEmails: undefined, alarmTopic })).toEqual([]);
  });

  it('subscribe addresses to the alarms', () => {
    const template = synthesize({ alarmEmails: ['ops@example.com'] });
    expect(properties(template, 'AWS::SNS::Subscription')).toEqual([
      expect.objectContaining({ Protocol: 'email', Endpoint: 'ops@example.com' }),
    ]);
  });
});

describe('the alarm on expiry', () => {
  const periods = (renewBefore: Duration) =>
    properties(
      synthesize({ connections: { mine: { provider: 'igni', workspace: 'acme', renewBefore } } }),
      'AWS::CloudWatch::Alarm',
    ).find(({ AlarmName }) => AlarmName.endsWith('-expiry')).EvaluationPeriods;

  it('waits for no more than four ticks, and for three at the least', () => {
    expect(periods(Duration.hours(24))).toBe(4);
    expect(periods(Duration.minutes(5))).toBe(3);
  });
});

describe('the alarm on a block', () => {
  it('claims no one cause, since a redirect or a maintenance page blocks too, and names the command that tells it', () => {
    const { AlarmDescription } = properties(synthesize(), 'AWS::CloudWatch::Alarm').find(({ AlarmName }) =>
      AlarmName.endsWith('-blocked'),
    );
    expect(AlarmDescription).not.toMatch(/rejects|only every half hour|write valid credentials/);
    expect(AlarmDescription).toContain('To do: run token-refresher explain uqudo');
  });

  it('names the prefix in the command, where it is not the one the command looks under', () => {
    const { AlarmDescription } = properties(synthesize({ prefix: '/team-b' }), 'AWS::CloudWatch::Alarm').find(
      ({ AlarmName }) => AlarmName.endsWith('-blocked'),
    );
    expect(AlarmDescription).toContain(
      'token-refresher --prefix /team-b explain uqudo (npm run ops -- --prefix /team-b explain uqudo)',
    );
  });
});

describe('the alarm on credentials of before', () => {
  const [found] = properties(synthesize(), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
    AlarmName.endsWith('-previous-credentials'),
  );

  it('looks at every connection of this refresher at once, and at no other', () => {
    expect(found.Metrics).toEqual([
      expect.objectContaining({
        Expression:
          "SELECT MAX(PreviousCredentials) FROM SCHEMA(TokenRefresher, connection, service) WHERE service = 'token-refresher'",
      }),
    ]);
  });

  it('stays on for an hour, since most ticks refresh nothing, and calls somebody', () => {
    const [{ Period }] = found.Metrics;
    expect(Period * found.EvaluationPeriods).toBe(3600);
    expect(found).toMatchObject({ DatapointsToAlarm: 1, TreatMissingData: 'notBreaching', Threshold: 0 });
    expect(found.AlarmActions).toHaveLength(1);
    expect(found.OKActions).toHaveLength(1);
  });

  it('is part of what needs attention', () => {
    const template = synthesize();
    const [{ AlarmRule }] = properties(template, 'AWS::CloudWatch::CompositeAlarm');
    expect(inWords(AlarmRule, template)).toContain('token-refresher-previous-credentials');
  });
});

describe('a metric of a connection', () => {
  const uqudo = make().refresher.connection('uqudo');

  it('is the one its functions emit and its alarms look at, a value for each tick', () => {
    const [{ Metrics }] = properties(synthesize(), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      AlarmName.endsWith('uqudo-expiry'),
    );
    const inAlarm = Metrics.find(({ Id }: { Id: string }) => Id === 'seconds').MetricStat;
    const { dimensions, namespace, metricName, period, statistic } = uqudo.metricSecondsToExpiry();
    expect({ namespace, metricName, statistic }).toEqual({
      namespace: inAlarm.Metric.Namespace,
      metricName: inAlarm.Metric.MetricName,
      statistic: inAlarm.Stat,
    });
    expect(dimensions).toEqual(
      Object.fromEntries(
        inAlarm.Metric.Dimensions.map(({ Name, Value }: Record<'Name' | 'Value', string>) => [Name, Value]),
      ),
    );
    expect(period.toSeconds()).toBe(inAlarm.Period);
  });

  it('can be had in another period and statistic', () => {
    const { metricName, period, statistic } = uqudo.metric('Failed', {
      period: Duration.hours(1),
      statistic: Stats.SAMPLE_COUNT,
    });
    expect([metricName, period.toHours(), statistic]).toEqual(['Failed', 1, Stats.SAMPLE_COUNT]);
  });

  it('cannot be had where no function emits it', () => {
    expect(() => uqudo.metric('Blokced' as 'Blocked')).toThrow(
      'there is no metric "Blokced": known are SecondsToExpiry, ',
    );
  });
});

describe('the dashboard', () => {
  const template = synthesize();
  const [{ DashboardBody }] = properties(template, 'AWS::CloudWatch::Dashboard');
  const { widgets } = JSON.parse(inWords(DashboardBody, template)) as {
    widgets: { type: string; properties: Record<string, unknown> }[];
  };

  it('shows the board, the alarms, the outcomes and the latency', () => {
    expect(widgets.slice(0, 9).map(({ type, properties: { title } }) => `${type}: ${title}`)).toEqual([
      'custom: Connections',
      'alarm: Alarms',
      'metric: Refreshed',
      'metric: Failed',
      'metric: PreviousCredentials',
      'metric: Provider latency (ms, 90th percentile)',
      'metric: Exchanged',
      'metric: CodeRejected',
      'metric: LiveSubjects',
    ]);
  });

  it('shows for each connection its time to expiry with the line where renewal starts or a login is due', () => {
    const lines = Object.fromEntries(
      widgets
        .slice(10)
        .map(({ properties: { title, annotations } }) => [
          title,
          (annotations as { horizontal: { label: string; value: number }[] }).horizontal.map(
            ({ label, value }) => `${label} ${value}`,
          ),
        ]),
    );
    expect(lines).toEqual({
      uqudo: ['renewal 900', 'alarm 450'],
      'uae-pass': ['login 1800'],
    });
  });
});

describe('the runbook', () => {
  it('sends the refresh function an event that it knows, for a connection of the list', () => {
    const [{ Content, DocumentType }] = properties(synthesize(), 'AWS::SSM::Document');
    const [{ action, inputs }] = Content.mainSteps;
    expect(DocumentType).toBe('Automation');
    expect(action).toBe('aws:invokeLambdaFunction');
    expect(Content.parameters.Connection.allowedValues).toEqual(['uqudo', 'uae-pass']);
    expect(inputs.FunctionName).toBe('token-refresher-{{ Connection }}');
    const payload = { ...inputs.InputPayload, force: Content.parameters.Force.default };
    expect(parseAction(payload, 0)).toEqual({ action: 'refresh', force: false, reason: '{{ Reason }}' });
  });
});
