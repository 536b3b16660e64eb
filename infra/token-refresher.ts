import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Annotations, ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type ConnectionProps, TokenConnection } from './connection.ts';
import { instanceName, prefixFaults } from './faults.ts';

export interface TokenRefresherProps {
  /** The connections to keep fresh, by name: lower-case letters, digits and hyphens. */
  readonly connections: Readonly<Record<string, ConnectionProps>>;
  /** Path of all parameters, and without its slashes the start of all names. @default '/token-refresher' */
  readonly prefix?: string;
  /**
   * Encrypts the tokens. `'aws-managed'` saves the price of a key and gives up decrypt rights per parameter: whoever
   * may read a token's parameter can decrypt it.
   * @default a customer-managed key with rotation
   */
  readonly key?: IKey | 'aws-managed';
  /** How long logs are kept. @default three months */
  readonly logRetention?: RetentionDays;
}

/** What the connections of one refresher share. */
export interface RefresherShared {
  readonly prefix: string;
  readonly key: IKey | undefined;
  readonly logRetention: RetentionDays;
}

/** Keeps one token per connection fresh in SSM Parameter Store. */
export class TokenRefresher extends Construct {
  readonly prefix: string;
  /** Encrypts the tokens; undefined is the AWS-managed key. */
  readonly key: IKey | undefined;
  readonly #connections: ReadonlyMap<string, TokenConnection>;

  constructor(scope: Construct, id: string, props: TokenRefresherProps) {
    super(scope, id);
    this.prefix = props.prefix ?? '/token-refresher';
    for (const fault of prefixFaults(this.prefix)) Annotations.of(this).addError(fault);
    const instance = instanceName(this.prefix);

    this.key = props.key === 'aws-managed' ? undefined : (props.key ?? tokenKey(this, instance));
    const failures = new Queue(this, 'Failures', {
      queueName: `${instance}-failures`,
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    const scheduleGroup = new CfnScheduleGroup(this, 'Schedules', { name: instance });
    const scheduleRole = new Role(this, 'ScheduleRole', {
      description: `Lets EventBridge Scheduler invoke the refresh functions of ${instance}`,
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': Stack.of(this).formatArn({
              service: 'scheduler',
              resource: 'schedule-group',
              resourceName: instance,
              arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
            }),
          },
        },
      }),
    });
    const shared = {
      prefix: this.prefix,
      key: this.key,
      logRetention: props.logRetention ?? RetentionDays.THREE_MONTHS,
      failures,
      scheduleGroup,
      scheduleRole,
    };

    this.#connections = new Map(
      Object.entries(props.connections).map(([name, connection]) => [
        name,
        new TokenConnection(this, name, connection, shared),
      ]),
    );
    if (this.#connections.size === 0) {
      Annotations.of(this).addError(
        'connections is empty: write at least one, such as { uqudo: { provider: "uqudo" } }',
      );
      return;
    }
    scheduleRole.addToPolicy(
      new PolicyStatement({
        sid: 'Tick',
        actions: ['lambda:InvokeFunction'],
        resources: [...this.#connections.values()].map(({ refreshFunction }) => refreshFunction.functionArn),
      }),
    );
    scheduleRole.addToPolicy(
      new PolicyStatement({
        sid: 'ReportUndelivered',
        actions: ['sqs:SendMessage'],
        resources: [failures.queueArn],
      }),
    );
  }

  /** The connection of this name. @throws Error with the known names for any other. */
  connection(name: string): TokenConnection {
    const found = this.#connections.get(name);
    if (found === undefined) {
      throw new Error(
        `there is no connection "${name}": known are ${[...this.#connections.keys()].join(', ') || 'none'}`,
      );
    }
    return found;
  }
}

const tokenKey = (scope: Construct, instance: string): Key =>
  new Key(scope, 'Key', {
    alias: `alias/${instance}`,
    description: `Encrypts the tokens of ${instance}`,
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.RETAIN,
  });
