import type { Role } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { CfnSchedule, type CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** What the schedules of one refresher share. */
export interface ScheduleShared {
  readonly scheduleGroup: CfnScheduleGroup;
  /** May invoke exactly the refresh functions and write to `failures`. */
  readonly scheduleRole: Role;
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
