import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { type ILogGroup, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { handlers } from './handlers.ts';

/** What tells one function of this project from another. */
export interface FunctionProps {
  /** What it, its log group and its role are called. */
  readonly functionName: string;
  /** Whether CloudFormation names the function itself, so that no other `functionName` replaces it. @default false */
  readonly namedByCloudFormation?: boolean;
  readonly description: string;
  /** Such as `refresh.handler`. */
  readonly handler: string;
  /** Everything it may do, beside writing its own log. */
  readonly rights: PolicyStatement[];
  readonly environment: Readonly<Record<string, string>>;
  readonly logRetention: RetentionDays;
  /** Where it logs. @default a group of its own */
  readonly logGroup?: ILogGroup;
  /** @default 60 seconds */
  readonly timeout?: Duration;
  readonly reservedConcurrency?: number;
}

/** A function with a role of its own that can do nothing else, and a log group of its own that is not kept for ever. */
export const ownFunction = (scope: Construct, id: string, props: FunctionProps): LambdaFunction => {
  const logGroup =
    props.logGroup ??
    new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
  const role = new Role(scope, `${id}Role`, {
    description: `What ${props.functionName} may do`,
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      rights: new PolicyDocument({
        statements: [
          ...props.rights,
          new PolicyStatement({
            sid: 'WriteLogs',
            actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            resources: [logGroup.logGroupArn],
          }),
        ],
      }),
    },
  });
  return new LambdaFunction(scope, id, {
    functionName: props.namedByCloudFormation === true ? undefined : props.functionName,
    description: props.description,
    code: handlers(),
    handler: props.handler,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: 512,
    timeout: props.timeout ?? Duration.seconds(60),
    reservedConcurrentExecutions: props.reservedConcurrency,
    role: role.withoutPolicyUpdates(),
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    environment: props.environment,
  });
};
