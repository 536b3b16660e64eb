import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { type Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventInvokeConfig, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Connection, ConnectionConfig } from '../functions/connection.ts';
import type { MetricName } from '../functions/metric-name.ts';
import type { Timing } from '../functions/policy/timing.ts';
import type { ProviderId, ProviderSettings } from '../functions/providers/index.ts';
import type { Dialect } from '../functions/providers/provider.ts';
import { acknowledgeWildcards } from './acknowledge.ts';
import { connectionMetric } from './connection-metric.ts';
import { credentialsRule } from './credentials-rule.ts';
import { emptySecret } from './empty-secret.ts';
import { Exchange } from './exchange.ts';
import { checkConnection, concurrencyFaults, secretFaults } from './faults.ts';
import { ownFunction } from './function.ts';
import { instanceName, METRICS_NAMESPACE } from './names.ts';
import { exchangeRights, parameterArn, refreshRights, watchRights } from './rights.ts';
import { type ScheduleShared, schedule } from './schedule.ts';
import { TokenParameter } from './token-parameter.ts';

/** What every connection can set, whatever its provider. */
export interface ConnectionOptions {
  /** How long before expiry renewal starts, at most half the lifetime. @default half the provider's documented lifetime */
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

/** What the connections of one refresher share. */
export interface ConnectionShared extends ScheduleShared {
  readonly prefix: string;
  /** ARN of the key tokens are encrypted with; undefined is the AWS-managed one. */
  readonly keyArn: string | undefined;
  readonly logRetention: RetentionDays;
}

/** One connection: its function, role, secret, schedule and parameters. Made by `TokenRefresher`. */
export class TokenConnection extends Construct {
  readonly connection: string;
  readonly grant: Dialect['grant'];
  readonly timing: Timing;
  /** What the token is requested, stored and renewed with, as text: a deployment that changes it ticks at once. */
  readonly configuration: string;
  /** Where the token is, and who may read it. */
  readonly token: TokenParameter;
  readonly secretArn: string;
  readonly refreshFunction: LambdaFunction;
  /** Where codes are handed in, for a connection whose tokens need a login. */
  readonly exchange: Exchange | undefined;
  readonly schedule: CfnSchedule;
  readonly #service: string;

  constructor(scope: Construct, name: string, props: ConnectionProps, shared: ConnectionShared) {
    super(scope, name);
    const { provider, renewBefore, secret, reservedConcurrency, ...settings } = props;
    const { prefix, keyArn, failures, logRetention } = shared;
    const checked = checkConnection(provider, settings, renewBefore);
    for (const fault of [
      ...checked.faults,
      ...secretFaults(secret, Stack.of(this).region),
      ...concurrencyFaults(reservedConcurrency),
    ]) {
      Annotations.of(this).addError(`connection "${name}": ${fault}`);
    }

    const service = instanceName(prefix);
    const functionName = `${service}-${name}`;
    const secretArn = secret?.arn ?? emptySecret(this, `${prefix.slice(1)}/${name}`, name).ref;
    this.connection = name;
    this.secretArn = secretArn;
    this.#service = service;
    this.timing = checked.timing;
    this.grant = checked.dialect?.grant ?? 'client_credentials';
    this.token = new TokenParameter(this, 'Token', {
      connection: name,
      prefix,
      keyArn: keyArn ?? 'aws-managed',
    });
    const { safeCacheSeconds, ...numbers } = checked.timing;
    const parameters = {
      secretArn,
      tokenParameter: this.token.tokenParameterName,
      statusParameter: this.token.statusParameterName,
      keyArn: keyArn ?? null,
    };

    this.configuration = Stack.of(this).toJsonString({
      provider,
      settings,
      secretArn,
      keyArn: parameters.keyArn,
      renewBeforeSeconds: numbers.renewBeforeSeconds,
    });
    const needsLogin = this.grant === 'authorization_code';
    const codesPath = `${prefix}/codes/${name}`;
    const connection: Connection = {
      connection: name,
      provider,
      settings,
      ...parameters,
      ...numbers,
      ...(needsLogin ? { codesPath } : {}),
    };
    const environment = {
      CONNECTION: Stack.of(this).toJsonString(connection),
      POWERTOOLS_SERVICE_NAME: service,
      POWERTOOLS_METRICS_NAMESPACE: METRICS_NAMESPACE,
      POWERTOOLS_LOG_LEVEL: 'INFO',
    };
    const targets = {
      secret: secretArn,
      secretKey: secret?.keyArn,
      token: parameterArn(this, parameters.tokenParameter),
      status: parameterArn(this, parameters.statusParameter),
      codes: parameterArn(this, codesPath),
      eventBus: Stack.of(this).formatArn({
        service: 'events',
        resource: 'event-bus',
        resourceName: 'default',
      }),
      key: keyArn,
    };
    this.refreshFunction = ownFunction(this, 'Refresh', {
      functionName,
      description: needsLogin
        ? `Watches the tokens of ${name} (${provider}), which need a login`
        : `Keeps the token of ${name} (${provider}) fresh`,
      handler: needsLogin ? 'watch.handler' : 'refresh.handler',
      environment,
      logRetention,
      reservedConcurrency,
      rights: [
        ...(needsLogin ? watchRights(targets) : refreshRights(targets)),
        new PolicyStatement({
          sid: 'ReportFailure',
          actions: ['sqs:SendMessage'],
          resources: [failures.queueArn],
        }),
      ],
    });
    this.exchange = needsLogin
      ? new Exchange(this, 'Exchange', {
          connection: name,
          provider,
          functionName,
          environment,
          rights: exchangeRights(targets),
          logRetention,
          logGroup: this.refreshFunction.logGroup,
        })
      : undefined;
    if (needsLogin) {
      acknowledgeWildcards(
        this,
        [targets.token, targets.status, targets.codes].map((arn) => `${arn}/*`),
        'Tokens per person and markers of codes are one level below the connection, under names nobody knows in advance.',
      );
    }
    new EventInvokeConfig(this, 'Async', {
      function: this.refreshFunction,
      // The next tick is the retry.
      retryAttempts: 0,
      maxEventAge: Duration.seconds(numbers.tickSeconds),
      onFailure: new SqsDestination(failures),
    });

    const triggered = { name: functionName, connection: name, target: this.refreshFunction };
    this.schedule = schedule(this, { ...triggered, tickSeconds: numbers.tickSeconds }, shared);
    if (this.grant === 'client_credentials') credentialsRule(this, { ...triggered, secretArn, failures });

    const config: ConnectionConfig = {
      provider,
      settings,
      functionName: this.refreshFunction.functionName,
      ...parameters,
      ...numbers,
      safeCacheSeconds,
      ...(this.exchange === undefined ? {} : { exchangeFunctionName: this.exchange.handler.functionName }),
    };
    new StringParameter(this, 'Config', {
      parameterName: `${prefix}/config/${name}`,
      description: `How operators, boards and readers find the connection ${name}`,
      stringValue: Stack.of(this).toJsonString(config),
    });
    new CfnOutput(this, 'SafeCacheSeconds', {
      description: `How long a reader may cache the token of ${name}, in seconds`,
      value: String(safeCacheSeconds),
    });
  }

  /** The functions that read credentials or write tokens and statuses. */
  get functions(): readonly LambdaFunction[] {
    return this.exchange === undefined
      ? [this.refreshFunction]
      : [this.refreshFunction, this.exchange.handler];
  }

  /**
   * Lets the grantee hand in authorization codes.
   * @throws Error for a connection that requests its token by itself
   */
  grantExchange(grantee: IGrantable): Grant {
    if (this.exchange === undefined) {
      throw new Error(`${this.connection} requests its token by itself: there is no code to hand in`);
    }
    return this.exchange.grantExchange(grantee);
  }

  /** A metric its functions emit, by default as its alarms see it: for each tick. */
  metric(name: MetricName, options: MetricOptions = {}): Metric {
    const { connection, timing } = this;
    const tick = Duration.seconds(timing.tickSeconds);
    return connectionMetric({ service: this.#service, connection }, name, tick).with(options);
  }

  /** Seconds until its token expires, by default the least in each tick; none while it waits for its first credentials or login. */
  metricSecondsToExpiry(options?: MetricOptions): Metric {
    return this.metric('SecondsToExpiry', options);
  }

  /** See `TokenParameter.grantRead`. */
  grantRead(grantee: IGrantable, ...subjects: readonly string[]): Grant {
    return this.token.grantRead(grantee, ...subjects);
  }

  /** See `TokenParameter.addToEnvironment`. */
  addToEnvironment(reader: LambdaFunction): void {
    this.token.addToEnvironment(reader);
  }
}
