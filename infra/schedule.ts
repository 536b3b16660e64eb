import { type IRole, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, type CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** What the schedules of one refresher share. */
export interface ScheduleShared {
  readonly scheduleGroup: CfnScheduleGroup;
  readonly scheduleRole: IRole;
  /** Where ticks go that could not be delivered or failed. */
  readonly failures: Queue;
}

/** The tick of one connection: a rate, no flexible window, retries no longer than a tick. */
export const schedule = (
  scope: Construct,
  tick: { name: string; connection: string; tickSeconds: number; target: IFunction },
  { scheduleGroup, scheduleRole, failures }: ScheduleShared,
): CfnSchedule => {
  const minutes = tick.tickSeconds / 60;
  return new CfnSchedule(scope, 'Tick', {
    name: tick.name,
    groupName: scheduleGroup.ref,
    description: `Looks every ${minutes} min whether the token of ${tick.connection} is due`,
    scheduleExpression: `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`,
    flexibleTimeWindow: { mode: 'OFF' },
    target: {
      arn: tick.target.functionArn,
      roleArn: scheduleRole.roleArn,
      input: JSON.stringify({ action: 'tick' }),
      deadLetterConfig: { arn: failures.queueArn },
      retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: tick.tickSeconds },
    },
  });
};

/**
 * The role of all schedules of one group. The right to invoke is added for exactly the functions that have one: the
 * L2 target would add `function:*` versions to each.
 */
export const scheduleRole = (scope: Construct, service: string, failures: Queue): Role => {
  const group = Stack.of(scope).formatArn({
    service: 'scheduler',
    resource: 'schedule-group',
    resourceName: service,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  const role = new Role(scope, 'ScheduleRole', {
    description: `Lets EventBridge Scheduler invoke the refresh functions of ${service}`,
    assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account, 'aws:SourceArn': group },
      },
    }),
  });
  role.addToPolicy(
    new PolicyStatement({
      sid: 'ReportUndelivered',
      actions: ['sqs:SendMessage'],
      resources: [failures.queueArn],
    }),
  );
  return role;
};
