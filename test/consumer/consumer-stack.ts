import { join } from 'node:path';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { TokenParameter } from 'token-refresher';

export interface ConsumerStackProps extends StackProps {
  /** The API that scans are fetched from. */
  readonly apiUrl: string;
}

/** A stack that only reads: the refresher is deployed by another stack, perhaps from another repository. */
export class ConsumerStack extends Stack {
  constructor(scope: Construct, id: string, props: ConsumerStackProps) {
    super(scope, id, props);
    const token = TokenParameter.fromConnection(this, 'Uqudo', { connection: 'uqudo' });

    const callApi = new NodejsFunction(this, 'CallApi', {
      description: 'Fetches one scan from the API, authorized with the token of uqudo',
      entry: join(import.meta.dirname, 'call-api.ts'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(30),
      loggingFormat: LoggingFormat.JSON,
      logGroup: new LogGroup(this, 'Logs', {
        retention: RetentionDays.ONE_MONTH,
        removalPolicy: RemovalPolicy.DESTROY,
      }),
      environment: { API_URL: props.apiUrl },
    });
    // Grants read, no more, and sets TOKEN_REFRESHER_PREFIX.
    token.addToEnvironment(callApi);

    // For a service that runs for long: it polls the queue and drops what it has cached.
    new Rule(this, 'TokenChanged', {
      description: 'A newer token of uqudo was written',
      eventPattern: {
        source: ['aws.ssm'],
        detailType: ['Parameter Store Change'],
        detail: { name: [token.tokenParameterName], operation: ['Create', 'Update'] },
      },
      targets: [
        new SqsQueue(
          new Queue(this, 'TokenChanges', {
            encryption: QueueEncryption.SQS_MANAGED,
            enforceSSL: true,
            retentionPeriod: Duration.hours(1),
          }),
        ),
      ],
    });
  }
}
