import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { FirstTicksProperties, TokenCleanupProperties } from '../functions/deployment/properties.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { ownFunction } from './function.ts';
import { SHARED_FUNCTIONS } from './names.ts';
import { parameterArn } from './rights.ts';

export interface DeploymentProps {
  readonly prefix: string;
  readonly service: string;
  /** Each with what its token is requested and stored with, as text. */
  readonly connections: Readonly<Record<string, string>>;
  /** What becomes of tokens and statuses when the stack, or a connection in it, is deleted. */
  readonly tokensOnDelete: 'delete' | 'keep';
  readonly logRetention: RetentionDays;
}

/** What CloudFormation cannot do by itself: tokens and statuses are not its resources, and it does not wait for ticks. */
export class Deployment extends Construct {
  /** Deletes tokens and statuses with the stack. Whatever writes them must depend on this, so that it is deleted before. */
  readonly cleanup: CustomResource;
  /** Waits until every connection has reported once. It must depend on the schedules, and the alarms on it. */
  readonly firstTicks: CustomResource;
  /** Deletes tokens and statuses of what an update removes. It must depend on whatever else an update may fail at. */
  readonly removedTokens: CustomResource;
  readonly handler: LambdaFunction;

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    super(scope, id);
    const { prefix, tokensOnDelete, connections: configurations } = props;
    const connections = Object.keys(configurations);
    // By name and not by reference: functions depend on the cleanup, and so on this function and its role.
    const functions = Object.fromEntries(connections.map((name) => [name, `${props.service}-${name}`]));
    const trees = ['tokens', 'status', 'codes'].map((tree) => `${prefix}/${tree}`);
    this.handler = ownFunction(this, 'Function', {
      functionName: `${props.service}-${SHARED_FUNCTIONS.deployment}`,
      // CloudFormation lets no custom resource change its function, and another prefix would.
      namedByCloudFormation: true,
      description: 'Waits for first ticks at deployment, deletes tokens and statuses at deletion',
      handler: 'deployment.handler',
      timeout: Duration.minutes(4),
      environment: {},
      logRetention: props.logRetention,
      rights: [
        new PolicyStatement({
          sid: 'ListWhatConnectionsWrote',
          actions: ['ssm:GetParametersByPath'],
          resources: trees.map((tree) => parameterArn(this, tree)),
        }),
        new PolicyStatement({
          sid: 'DeleteWhatConnectionsWrote',
          actions: ['ssm:DeleteParameters'],
          resources: trees.map((tree) => parameterArn(this, `${tree}/*`)),
        }),
        ...(connections.length === 0 ? [] : [tickRight(this, Object.values(functions))]),
      ],
    });
    acknowledgeWildcards(
      this,
      trees.map((tree) => parameterArn(this, `${tree}/*`)),
      "Deletes what connections wrote below the refresher's own three trees, also persons' and removed connections'.",
    );
    const cleanup: TokenCleanupProperties = { prefix, connections, tokensOnDelete };
    this.cleanup = new CustomResource(this, 'TokenCleanup', {
      serviceToken: this.handler.functionArn,
      serviceTimeout: Duration.minutes(5),
      resourceType: 'Custom::TokenCleanup',
      properties: cleanup,
    });
    const firstTicks: FirstTicksProperties = { prefix, functions, configurations };
    this.firstTicks = new CustomResource(this, 'FirstTicks', {
      serviceToken: this.handler.functionArn,
      serviceTimeout: Duration.minutes(5),
      resourceType: 'Custom::FirstTicks',
      properties: firstTicks,
    });
    // CloudFormation deletes a removed connection's schedule and function after the update. By now, though, the policy
    // of the schedules, on which first ticks depend, no longer names the function.
    this.removedTokens = new CustomResource(this, 'RemovedTokens', {
      serviceToken: this.handler.functionArn,
      serviceTimeout: Duration.minutes(5),
      resourceType: 'Custom::RemovedTokens',
      properties: cleanup,
    });
    this.removedTokens.node.addDependency(this.firstTicks);
  }
}

const tickRight = (scope: Construct, functionNames: readonly string[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'TickWhereAScheduleIsNotHeardOf',
    actions: ['lambda:InvokeFunction'],
    resources: functionNames.map((resourceName) =>
      Stack.of(scope).formatArn({
        service: 'lambda',
        resource: 'function',
        resourceName,
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      }),
    ),
  });
