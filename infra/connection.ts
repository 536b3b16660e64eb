import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  EventInvokeConfig,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Annotations, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Connection, ConnectionConfig } from '../functions/connection.ts';
import type { ProviderId, ProviderSettings } from '../functions/providers/index.ts';
import { checkConnection, instanceName, nameFaults, secretFaults } from './faults.ts';
import { handlers } from './handlers.ts';
import { parameterArn, refreshRights, watchRights } from './rights.ts';
import { type ScheduleShared, schedule } from './schedule.ts';
import type { RefresherShared } from './token-refresher.ts';

/** What every connection can set, whatever its provider. */
export interface ConnectionOptions {
  /** How long before expiry renewal starts. @default half the provider's documented lifetime */
  readonly renewBefore?: Duration;
  /**
   * A secret that exists already: `{"client_id","client_secret"}` as JSON.
   * @default created empty and kept when the stack is deleted
   */
  readonly secret?: {
    /** The complete ARN, with its random suffix. */
    readonly arn: string;
    /** ARN of the customer-managed key the secret is encrypted with. @default the AWS-managed key */
    readonly keyArn?: string;
  };
  /** Reserved concurrency of the refresh function. @default none: it counts against the account's limit */
  readonly reservedConcurrency?: number;
}

/** A provider with its own settings. */
export type ConnectionSettings = {
  [Id in ProviderId]: { readonly provider: Id } & ProviderSettings<Id>;
}[ProviderId];

export type ConnectionProps = ConnectionSettings & ConnectionOptions;

/** One connection: its function, role, secret, schedule and parameters. Made by `TokenRefresher`. */
export class TokenConnection extends Construct {
  readonly connectionName: string;
  readonly provider: string;
  readonly tokenParameterName: string;
  readonly statusParameterName: string;
  /** How long a plain reader may keep a token it has read. */
  readonly safeCache: Duration;
  readonly refreshFunction: LambdaFunction;

  constructor(
    scope: Construct,
    name: string,
    props: ConnectionProps,
    shared: RefresherShared & ScheduleShared,
  ) {
    super(scope, name);
    const { provider, renewBefore, secret, reservedConcurrency, ...settings } = props;
    const checked = checkConnection(provider, settings, renewBefore);
    const { lifetimeSeconds, renewBeforeSeconds, tickSeconds, safeCacheSeconds } = checked.timing;
    for (const fault of [
      ...nameFaults(name, shared.prefix),
      ...checked.faults,
      ...(secret === undefined ? [] : secretFaults(secret.arn)),
    ]) {
      Annotations.of(this).addError(`connection "${name}": ${fault}`);
    }

    this.connectionName = name;
    this.provider = provider;
    this.tokenParameterName = `${shared.prefix}/tokens/${name}`;
    this.statusParameterName = `${shared.prefix}/status/${name}`;
    this.safeCache = Duration.seconds(Math.max(safeCacheSeconds, 0));

    const functionName = `${instanceName(shared.prefix)}-${name}`;
    const secretArn = secret?.arn ?? emptySecret(this, `${shared.prefix.slice(1)}/${name}`, name).ref;
    const logGroup = new LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: shared.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const rights = checked.dialect?.grant === 'authorization_code' ? watchRights : refreshRights;
    const role = new Role(this, 'Role', {
      description: `What the refresh function of ${name} may do`,
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: {
        refresh: new PolicyDocument({
          statements: [
            ...rights({
              secret: secretArn,
              secretKey: secret?.keyArn,
              token: parameterArn(this, this.tokenParameterName),
              status: parameterArn(this, this.statusParameterName),
              key: shared.key?.keyArn,
            }),
            new PolicyStatement({
              sid: 'WriteLogs',
              actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
              resources: [logGroup.logGroupArn],
            }),
            new PolicyStatement({
              sid: 'ReportFailure',
              actions: ['sqs:SendMessage'],
              resources: [shared.failures.queueArn],
            }),
          ],
        }),
      },
    });

    const connection: Connection = {
      connection: name,
      provider,
      settings,
      secretArn,
      tokenParameter: this.tokenParameterName,
      statusParameter: this.statusParameterName,
      keyArn: shared.key?.keyArn ?? null,
      lifetimeSeconds,
      renewBeforeSeconds,
      tickSeconds,
    };
    this.refreshFunction = new LambdaFunction(this, 'Refresh', {
      functionName,
      description: `Keeps the token of ${name} (${provider}) fresh`,
      code: handlers(),
      handler: 'refresh.handler',
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: 512,
      timeout: Duration.seconds(60),
      reservedConcurrentExecutions: reservedConcurrency,
      role: role.withoutPolicyUpdates(),
      logGroup,
      loggingFormat: LoggingFormat.JSON,
      environment: {
        CONNECTION: Stack.of(this).toJsonString(connection),
        POWERTOOLS_SERVICE_NAME: instanceName(shared.prefix),
        POWERTOOLS_METRICS_NAMESPACE: 'TokenRefresher',
        POWERTOOLS_LOG_LEVEL: 'INFO',
      },
    });
    new EventInvokeConfig(this, 'Async', {
      function: this.refreshFunction,
      // The next tick is the retry.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(Math.max(tickSeconds, 60)),
      onFailure: new SqsDestination(shared.failures),
    });
    schedule(
      this,
      { name: functionName, connection: name, tickSeconds, target: this.refreshFunction },
      shared,
    );

    const config: ConnectionConfig = {
      provider,
      functionName: this.refreshFunction.functionName,
      secretArn,
      tokenParameter: this.tokenParameterName,
      statusParameter: this.statusParameterName,
      keyArn: shared.key?.keyArn ?? null,
      lifetimeSeconds,
      renewBeforeSeconds,
      tickSeconds,
      safeCacheSeconds,
    };
    new StringParameter(this, 'Config', {
      parameterName: `${shared.prefix}/config/${name}`,
      description: `How operators, boards and readers find the connection ${name}`,
      stringValue: Stack.of(this).toJsonString(config),
    });
    new CfnOutput(this, 'SafeCacheSeconds', {
      description: `How long a reader may cache the token of ${name}, in seconds`,
      value: String(safeCacheSeconds),
    });
  }
}

// The L2 construct would let CloudFormation generate a value; an empty secret is told apart from a wrong one.
const emptySecret = (scope: Construct, secretName: string, connection: string): CfnSecret => {
  const secret = new CfnSecret(scope, 'Credentials', {
    name: secretName,
    description: `Credentials of ${connection}: {"client_id":"…","client_secret":"…"}`,
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return secret;
};
