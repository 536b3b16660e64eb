import type { Context } from 'aws-lambda';
import { describe, expect, it, vi } from 'vitest';
import { deadlines } from '../../functions/deadline.ts';
import { clientConfig } from '../../functions/edges/aws.ts';
import { EXCHANGE_DEADLINE_MS } from '../../functions/exchange-code.ts';
import { ATTEMPTS, REQUEST_TIMEOUT_SECONDS, timingFaults } from '../../functions/policy/timing.ts';
import { INVOKE_TIMEOUT_MS } from '../../infra/ops/aws.ts';
import { rightsOf } from '../../infra/reference/rights.ts';
import { type CloudFormationTemplate, inWords, resourcesOf } from '../../infra/reference/template.ts';
import { type Stage, stages } from '../../infra/stages.ts';
import { connections, ONE_OF_EACH, synthesize } from './synthesize.ts';

const properties = (template: CloudFormationTemplate, ...types: string[]) =>
  resourcesOf(template, ...types).map(([, { Properties }]) => Properties);

const subjects: [string, { connections: Stage['connections'] }][] = [
  ...Object.entries<Stage>(stages),
  ['one of each under the AWS-managed key', { connections: ONE_OF_EACH, key: 'aws-managed' } as Stage],
];

describe.each(subjects)('the stack of %s', (_, props) => {
  const template = synthesize(props);
  const names = Object.keys(props.connections);
  const logins = names.filter((name) => name.startsWith('uae-pass'));

  it('runs every function on arm64 and the newest Node, since both are cheaper and patched longest', () => {
    const found = properties(template, 'AWS::Lambda::Function').map(({ Runtime, Architectures }) => [
      Runtime,
      Architectures,
    ]);
    expect(found.length).toBe(names.length + logins.length + 2);
    for (const one of found) expect(one).toEqual(['nodejs24.x', ['arm64']]);
  });

  /** Milliseconds each function with one of these handlers may run. */
  const timeouts = (...handlers: string[]): number[] =>
    properties(template, 'AWS::Lambda::Function')
      .filter(({ Handler }) => handlers.includes(Handler))
      .map(({ Timeout }) => Timeout * 1000);

  it('lets a refresh run for as long as all its requests may take, beside what is kept for writing', () => {
    const found = timeouts('refresh.handler');
    expect(found.length).toBe(names.length - logins.length);
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    for (const one of found) {
      timeout.mockClear();
      const ends = deadlines({ getRemainingTimeInMillis: () => one } as Context);
      const made = timeout.mock.results.map(({ value }) => value);
      const [requests] = timeout.mock.calls[made.indexOf(ends.requests)] ?? [];
      expect(requests).toBeGreaterThan(ATTEMPTS * REQUEST_TIMEOUT_SECONDS * 1000);
    }
    timeout.mockRestore();
  });

  it('lets an exchange wait for a write after the last moment of its request, since the token is nowhere else', () => {
    const found = timeouts('exchange.handler');
    expect(found.length).toBe(logins.length);
    const write = clientConfig.requestHandler.requestTimeout;
    for (const one of found) expect(one).toBeGreaterThan(EXCHANGE_DEADLINE_MS + write);
  });

  it('has no function that the command line stops waiting for while it runs', () => {
    for (const one of timeouts('refresh.handler', 'watch.handler', 'exchange.handler')) {
      expect(INVOKE_TIMEOUT_MS).toBeGreaterThan(one);
    }
  });

  it('tells functions nothing but names, since environments are readable by whoever may describe a function', () => {
    const allowed = [
      'CONNECTION',
      'POWERTOOLS_LOG_LEVEL',
      'POWERTOOLS_METRICS_NAMESPACE',
      'POWERTOOLS_SERVICE_NAME',
      'PREFIX',
    ];
    for (const { Environment } of properties(template, 'AWS::Lambda::Function')) {
      expect(allowed).toEqual(expect.arrayContaining(Object.keys(Environment?.Variables ?? {})));
    }
  });

  it('has no right to everything, since a mistake in one function must not reach another', () => {
    const wild = rightsOf(template).flatMap(({ actions, resources }) =>
      [...actions, ...resources].filter((one) => one.includes('*')),
    );
    const known = [
      // Tokens per person and markers of codes, one level below a connection whose tokens need a login.
      /:parameter\/token-refresher\/(tokens|status|codes)\/uae-pass\/\*$/,
      // What the deletion of the stack deletes: its own three trees.
      /:parameter\/token-refresher\/(tokens|status|codes)\/\*$/,
    ];
    expect(wild.filter((one) => !known.some((pattern) => pattern.test(one)))).toEqual([]);
  });

  it('keeps no log for ever, since nobody pays attention to logs of years ago but everybody pays for them', () => {
    const groups = properties(template, 'AWS::Logs::LogGroup');
    expect(groups.length).toBe(names.length + 2);
    for (const { RetentionInDays } of groups) expect(RetentionInDays).toBeLessThanOrEqual(90);
  });

  it('logs JSON into its own group, since a log that cannot be queried is not read at night', () => {
    for (const { LoggingConfig } of properties(template, 'AWS::Lambda::Function')) {
      expect(LoggingConfig).toMatchObject({ LogFormat: 'JSON', LogGroup: { Ref: expect.any(String) } });
    }
  });

  it('encrypts queue, topic and tokens, and rotates its key', () => {
    for (const queue of properties(template, 'AWS::SQS::Queue'))
      expect(queue.SqsManagedSseEnabled).toBe(true);
    const keys = properties(template, 'AWS::KMS::Key');
    for (const key of keys) expect(key.EnableKeyRotation).toBe(true);
    for (const topic of properties(template, 'AWS::SNS::Topic')) {
      expect(topic.KmsMasterKeyId === undefined).toBe(keys.length === 0);
    }
  });

  it('ticks every connection with a failure queue and retries no longer than a tick, since the tick is the retry', () => {
    const schedules = properties(template, 'AWS::Scheduler::Schedule');
    expect(schedules.length).toBe(names.length);
    for (const { Target, ScheduleExpression, FlexibleTimeWindow } of schedules) {
      const minutes = Number(/^rate\((\d+) minutes?\)$/.exec(ScheduleExpression)?.[1]);
      expect(FlexibleTimeWindow.Mode).toBe('OFF');
      expect(JSON.parse(Target.Input)).toEqual({ action: 'tick' });
      expect(inWords(Target.DeadLetterConfig.Arn, template)).toBe('queue token-refresher-failures');
      expect(Target.RetryPolicy.MaximumRetryAttempts).toBeLessThanOrEqual(2);
      expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBeLessThanOrEqual(minutes * 60);
    }
  });

  it('makes no schedule before it may invoke, since the first tick comes at once', () => {
    const policies = resourcesOf(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.some(({ Sid }: { Sid?: string }) => Sid === 'Tick'),
    );
    expect(policies.length).toBe(1);
    for (const [, { DependsOn }] of resourcesOf(template, 'AWS::Scheduler::Schedule'))
      expect(DependsOn).toContain(policies[0]?.[0]);
  });

  it('does not retry a failed tick, and reports it to the failure queue', () => {
    const configs = properties(template, 'AWS::Lambda::EventInvokeConfig');
    expect(configs.length).toBe(names.length);
    for (const { MaximumRetryAttempts, MaximumEventAgeInSeconds, DestinationConfig } of configs) {
      expect(MaximumRetryAttempts).toBe(0);
      expect(MaximumEventAgeInSeconds).toBeLessThanOrEqual(15 * 60);
      expect(inWords(DestinationConfig.OnFailure.Destination, template)).toBe(
        'queue token-refresher-failures',
      );
    }
  });

  it('holds no secret and no way to read one at deployment', () => {
    const text = JSON.stringify(template);
    expect(text).not.toContain('{{resolve:');
    for (const secret of properties(template, 'AWS::SecretsManager::Secret')) {
      expect(Object.keys(secret).toSorted()).toEqual(['Description', 'Name']);
    }
  });

  it('keeps secrets when it is deleted, since nobody could bring them back', () => {
    for (const [, { DeletionPolicy }] of resourcesOf(template, 'AWS::SecretsManager::Secret')) {
      expect(DeletionPolicy).toBe('RetainExceptOnCreate');
    }
  });

  it('alarms every connection twice, for what fails and for what only a person can mend', () => {
    const alarms = properties(template, 'AWS::CloudWatch::Alarm');
    for (const name of names) {
      const start = `token-refresher-${name}-`;
      const found = alarms
        .map(({ AlarmName }) => AlarmName)
        .filter((alarm) => alarm.startsWith(start))
        .map((alarm) => alarm.slice(start.length));
      const expected = logins.includes(name)
        ? ['reauthorization-required', 'unwatched']
        : ['blocked', 'expiry'];
      expect(found.toSorted()).toEqual(expected);
    }
  });

  it('takes silence for failure, since a function that does not run cannot complain', () => {
    const heartbeats = properties(template, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      /-(?:expiry|unwatched)$/.test(AlarmName),
    );
    expect(heartbeats.length).toBe(names.length);
    for (const { TreatMissingData } of heartbeats) expect(TreatMissingData).toBe('breaching');
  });

  it('alarms on expiry only where one late tick and a newest period without a value yet cannot be the reason', () => {
    const expiries = properties(template, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      AlarmName.endsWith('-expiry'),
    );
    expect(expiries.length).toBe(names.length - logins.length);
    for (const { EvaluationPeriods, DatapointsToAlarm = EvaluationPeriods } of expiries)
      expect(DatapointsToAlarm).toBeGreaterThanOrEqual(3);
  });

  const inAlarms: { Metric: { Namespace: string; MetricName: string }; Stat: string }[] = properties(
    template,
    'AWS::CloudWatch::Alarm',
  ).flatMap(({ Metrics = [], Namespace, MetricName, Statistic }) => [
    { Metric: { Namespace, MetricName }, Stat: Statistic },
    ...Metrics.flatMap(({ MetricStat }: { MetricStat?: object }) => MetricStat ?? []),
  ]);

  it('alarms on the sum of what AWS counts, so that the number it shows is how many there were', () => {
    const counts = inAlarms.filter(({ Metric }) => Metric.Namespace?.startsWith('AWS/'));
    const counted = new Set(counts.map(({ Metric }) => Metric.MetricName));
    expect([...counted].sort()).toEqual(['Errors', 'NumberOfMessagesSent', 'TargetErrorCount']);
    expect(new Set(counts.map(({ Stat }) => Stat))).toEqual(new Set(['Sum']));
  });

  it('alarms on the least time to expiry of a period, so that no longer one hides a tick that found little left', () => {
    const found = inAlarms.filter(({ Metric }) => Metric.MetricName === 'SecondsToExpiry');
    expect(found.map(({ Stat }) => Stat)).toEqual(
      Array.from({ length: names.length - logins.length }, () => 'Minimum'),
    );
  });

  it('keeps the alarm of a login that is due until it is told of the login, since both are said once', () => {
    const due = properties(template, 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
      AlarmName.endsWith('-reauthorization-required'),
    );
    expect(due.length).toBe(logins.length);
    for (const { TreatMissingData } of due) expect(TreatMissingData).toBe('ignore');
  });

  it('notifies of every alarm, on and off, but of waiting for first credentials', () => {
    const silent = properties(template, 'AWS::CloudWatch::Alarm').filter(
      ({ AlarmActions, OKActions }) => !AlarmActions || !OKActions,
    );
    expect(silent.map(({ AlarmName }) => AlarmName)).toEqual(['token-refresher-awaiting-credentials']);
  });

  it('calls a pager for everything that notifies but a login that is due, since that is on for hours without an incident and would hide one', () => {
    const notifying = properties(template, 'AWS::CloudWatch::Alarm')
      .filter(({ AlarmActions }) => AlarmActions)
      .map(({ AlarmName }) => AlarmName);
    const [{ AlarmRule }] = properties(template, 'AWS::CloudWatch::CompositeAlarm');
    const rule = inWords(AlarmRule, template);
    const silent = notifying.filter((name) => !rule.includes(`"alarm ${name}"`));
    expect(silent).toEqual(logins.map((name) => `token-refresher-${name}-reauthorization-required`));
  });

  it('says in every alarm what to do, in the length CloudWatch takes', () => {
    for (const { AlarmDescription } of properties(
      template,
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
    )) {
      expect(AlarmDescription).toContain(' To do: ');
      expect(AlarmDescription.length).toBeLessThanOrEqual(1024);
    }
  });

  it('makes alarms only after first ticks, since before them everything is silent', () => {
    const [[firstTicks] = []] = resourcesOf(template, 'Custom::FirstTicks');
    for (const [, { DependsOn }] of resourcesOf(template, 'AWS::CloudWatch::Alarm'))
      expect(DependsOn).toContain(firstTicks);
    const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule').map(([id]) => id);
    expect(template.Resources[firstTicks ?? '']?.DependsOn).toEqual(expect.arrayContaining(schedules));
    expect(template.Resources[firstTicks ?? '']?.Properties.functions).toEqual(
      Object.fromEntries(names.map((name) => [name, `token-refresher-${name}`])),
    );
  });

  it('deletes tokens only after everything that writes them is gone', () => {
    const [[cleanup] = []] = resourcesOf(template, 'Custom::TokenCleanup');
    const writers = resourcesOf(template, 'AWS::Lambda::Function').filter(([, { Properties }]) =>
      ['refresh', 'watch', 'exchange'].includes(Properties.Handler.split('.')[0]),
    );
    expect(writers.length).toBe(names.length + logins.length);
    for (const [, { DependsOn }] of writers) expect(DependsOn).toContain(cleanup);
  });

  it('deletes the tokens of a removed connection only after its schedule has lost the right to write new ones', () => {
    const [[firstTicks] = []] = resourcesOf(template, 'Custom::FirstTicks');
    const removed = resourcesOf(template, 'Custom::RemovedTokens');
    expect(removed.length).toBe(1);
    for (const [, { DependsOn, Properties }] of removed) {
      expect(DependsOn).toContain(firstTicks);
      expect(Properties.connections).toEqual(names);
    }
    const [[policy] = []] = resourcesOf(template, 'AWS::IAM::Policy').filter(([, { Properties }]) =>
      Properties.PolicyDocument.Statement.some(({ Sid }: { Sid?: string }) => Sid === 'Tick'),
    );
    expect(template.Resources[firstTicks ?? '']?.DependsOn).toContain(policy);
  });

  it('deletes them last of all, so that an update which fails elsewhere loses none', () => {
    const [[removed = '', { DependsOn = [] } = {}] = []] = resourcesOf(template, 'Custom::RemovedTokens');
    const waitsFor = [DependsOn].flat();
    for (;;) {
      const more = waitsFor
        .flatMap((id) => [template.Resources[id]?.DependsOn ?? []].flat())
        .filter((id) => !waitsFor.includes(id));
      if (more.length === 0) break;
      waitsFor.push(...new Set(more));
    }
    const changing = resourcesOf(
      template,
      'AWS::CloudWatch::Alarm',
      'AWS::CloudWatch::CompositeAlarm',
      'AWS::CloudWatch::Dashboard',
      'AWS::SSM::Document',
      'AWS::Scheduler::Schedule',
    ).map(([id]) => id);
    expect(waitsFor).toEqual(expect.arrayContaining(changing));
    expect(waitsFor).not.toContain(removed);
  });

  it('publishes configurations whose numbers keep the promise', () => {
    const configs = properties(template, 'AWS::SSM::Parameter');
    expect(configs.length).toBe(names.length);
    for (const { Value, Type } of configs) {
      expect(Type).toBe('String');
      expect(timingFaults(JSON.parse(inWords(Value, template)))).toEqual([]);
    }
  });
});

describe('a stack of 40 connections', () => {
  const template = synthesize({ connections: connections(40) });
  const withLogins = synthesize({
    connections: connections(40, ONE_OF_EACH['uae-pass']),
  });

  it('fits the 500 resources and the megabyte CloudFormation takes', () => {
    for (const one of [template, withLogins]) {
      expect(Object.keys(one.Resources).length).toBeLessThanOrEqual(480);
      expect(JSON.stringify(one).length).toBeLessThan(1_000_000);
    }
  });

  it('fits the 10,240 characters of a composite rule and the 100 alarms below it', () => {
    const [composite] = properties(template, 'AWS::CloudWatch::CompositeAlarm');
    const rule = inWords(composite.AlarmRule, template).replaceAll('"alarm ', '"');
    const children = rule.match(/ALARM\("token-refresher-[a-z0-9-]+"\)/g)?.length;
    expect(children).toBeGreaterThan(80);
    expect(children).toBeLessThanOrEqual(100);
    // Were every connection's name as long as it may be.
    expect(rule.length + 80 * 27).toBeLessThan(10_240);
  });

  it('fits the ten metrics of an alarm', () => {
    for (const { Metrics = [] } of properties(template, 'AWS::CloudWatch::Alarm')) {
      expect(
        Metrics.filter(({ MetricStat }: { MetricStat?: unknown }) => MetricStat).length,
      ).toBeLessThanOrEqual(10);
    }
  });

  it('fits the 10,240 characters of the policies of one role and the 20 statements of a queue policy', () => {
    const inline = properties(template, 'AWS::IAM::Role').flatMap(({ Policies = [] }) => Policies);
    expect(inline.length).toBeGreaterThan(40);
    for (const { PolicyDocument } of [...properties(template, 'AWS::IAM::Policy'), ...inline]) {
      const length =
        PolicyDocument.Statement.flatMap(({ Resource }: { Resource: unknown }) => Resource).length * 120;
      expect(length).toBeLessThan(10_240);
    }
    for (const { PolicyDocument } of properties(template, 'AWS::SQS::QueuePolicy')) {
      expect(PolicyDocument.Statement.length).toBeLessThanOrEqual(20);
    }
  });
});
