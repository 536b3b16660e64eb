import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ownFunction } from './function.ts';
import { SHARED_FUNCTIONS } from './names.ts';
import { parameterArn } from './rights.ts';

/**
 * The function behind the dashboard's board. It can only list configurations and statuses; its buttons are calls to
 * the refresh functions, made with the rights of whoever looks at the dashboard.
 */
export const boardFunction = (
  scope: Construct,
  { prefix, service, logRetention }: { prefix: string; service: string; logRetention: RetentionDays },
): LambdaFunction =>
  ownFunction(scope, 'Board', {
    functionName: `${service}-${SHARED_FUNCTIONS.board}`,
    description: 'Shows the connections on the CloudWatch dashboard',
    handler: 'board.handler',
    timeout: Duration.seconds(20),
    environment: { PREFIX: prefix },
    logRetention,
    rights: [
      new PolicyStatement({
        sid: 'ListStatuses',
        actions: ['ssm:GetParametersByPath'],
        resources: ['config', 'status'].map((tree) => parameterArn(scope, `${prefix}/${tree}`)),
      }),
    ],
  });
