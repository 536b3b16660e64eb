import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic, TopicPolicy } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { ArnFormat, Aspects, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

const CLOUDWATCH = new ServicePrincipal('cloudwatch.amazonaws.com');

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
  topic.addToResourcePolicy(alarmsMayPublish(scope, topic, service, 'AlarmsMayPublish'));
  const stack = Stack.of(scope);
  key?.addToResourcePolicy(
    new PolicyStatement({
      sid: 'AlarmsMayEncrypt',
      principals: [CLOUDWATCH],
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

/**
 * Lets the alarms publish to a topic of somebody else in this app, where that takes a right: SNS lets everything in the
 * account publish to a topic without a policy, and a policy of its own replaces that. It does nothing to an imported topic,
 * nor to a `TopicPolicy` that was made beside the topic and not by it.
 */
export const letAlarmsPublish = (scope: Construct, topic: ITopic, service: string): void => {
  // Without a name: two refreshers may share the topic, and names of statements have to differ.
  const statement = alarmsMayPublish(scope, topic, service);
  // Its policy may be made after this.
  Aspects.of(topic).add({
    visit: (node) => {
      if (node instanceof TopicPolicy) node.document.addStatements(statement);
    },
  });
};

const alarmsMayPublish = (
  scope: Construct,
  { topicArn }: ITopic,
  service: string,
  sid?: string,
): PolicyStatement => {
  const stack = Stack.of(scope);
  return new PolicyStatement({
    ...(sid === undefined ? {} : { sid }),
    principals: [CLOUDWATCH],
    actions: ['sns:Publish'],
    resources: [topicArn],
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
  });
};
