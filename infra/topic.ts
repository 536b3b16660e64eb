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
  const topicName = `${service}-alarms`;
  const topic = new Topic(scope, 'Alarms', {
    topicName,
    displayName: `${service} alarms`,
    masterKey: key,
    enforceSSL: true,
  });
  const stack = Stack.of(scope);
  const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayPublish',
      principals,
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': stack.account },
        ArnLike: {
          'aws:SourceArn': stack.formatArn({
            service: 'cloudwatch',
            resource: 'alarm',
            resourceName: `${service}-*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  key?.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayEncrypt',
      principals,
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      // In a key policy this means the key itself.
      resources: ['*'],
      conditions: {
        StringEquals: {
          // By name: a reference to the topic, which refers to the key, would be a circle.
          'kms:EncryptionContext:aws:sns:topicArn': stack.formatArn({
            service: 'sns',
            resource: topicName,
            arnFormat: ArnFormat.NO_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  for (const email of emails) topic.addSubscription(new EmailSubscription(email));
  return topic;
};
