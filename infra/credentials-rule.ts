import { CfnRule } from 'aws-cdk-lib/aws-events';
import { CfnPermission, type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/**
 * Refreshes as soon as a secret has a new current version. Secrets Manager sends the event by itself; the tick is the
 * backstop where one gets lost. Not forced: a pause stays a pause.
 */
export const credentialsRule = (
  scope: Construct,
  rule: { name: string; connection: string; secretArn: string; target: IFunction; failures: IQueue },
): void => {
  const { attrArn } = new CfnRule(scope, 'NewCredentials', {
    name: rule.name,
    description: `Refreshes ${rule.connection} when its secret has a new current version`,
    eventPattern: {
      source: ['aws.secretsmanager'],
      'detail-type': ['Secret Label Updated'],
      resources: [rule.secretArn],
      detail: { labelUpdated: ['AWSCURRENT'] },
    },
    targets: [
      {
        id: 'Refresh',
        arn: rule.target.functionArn,
        input: JSON.stringify({ action: 'refresh', force: false, reason: 'the secret has a new version' }),
        retryPolicy: { maximumRetryAttempts: 2, maximumEventAgeInSeconds: 300 },
        deadLetterConfig: { arn: rule.failures.queueArn },
      },
    ],
  });
  new CfnPermission(scope, 'NewCredentialsPermission', {
    action: 'lambda:InvokeFunction',
    functionName: rule.target.functionName,
    principal: 'events.amazonaws.com',
    sourceArn: attrArn,
  });
};
