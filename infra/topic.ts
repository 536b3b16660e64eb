import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/**
 * The topic of all alarms. CloudWatch can only publish to a topic under a customer-managed key, so without one the
 * topic has the encryption at rest that SNS gives every topic.
 */
export const alarmTopic = (
  scope: Construct,
  service: string,
  { key, emails }: { key: IKey | undefined; emails: readonly string[] },
): Topic => {
  const topic = new Topic(scope, 'Alarms', {
    topicName: `${service}-alarms`,
    displayName: `${service} alarms`,
    masterKey: key,
    enforceSSL: true,
  });
  const { account } = Stack.of(scope);
  const conditions = {
    StringEquals: { 'aws:SourceAccount': account },
    ArnLike: {
      'aws:SourceArn': Stack.of(scope).formatArn({
        service: 'cloudwatch',
        resource: 'alarm',
        resourceName: `${service}-*`,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    },
  };
  const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayPublish',
      principals,
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions,
    }),
  );
  key?.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayEncrypt',
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      // In a key policy this means the key itself.
      resources: ['*'],
      conditions,
    }),
  );
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
};
