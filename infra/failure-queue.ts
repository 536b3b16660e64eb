import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { ArnFormat, Duration, Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Where ticks and events go that could not be delivered or failed. */
export const failureQueue = (scope: Construct, service: string): Queue => {
  const queue = new Queue(scope, 'Failures', {
    queueName: `${service}-failures`,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'This is the dead-letter queue, of schedules, rules and asynchronous invocations.',
  });
  queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ReportUndeliveredEvents',
      principals: [new ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      // One statement for the rules of all connections: a queue policy holds no more than 20.
      conditions: {
        StringEquals: { 'aws:SourceAccount': Stack.of(scope).account },
        ArnLike: {
          'aws:SourceArn': Stack.of(scope).formatArn({
            service: 'events',
            resource: 'rule',
            resourceName: `${service}-*`,
            arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  return queue;
};
