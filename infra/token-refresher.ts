import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { CfnScheduleGroup } from 'aws-cdk-lib/aws-scheduler';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Annotations, ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { checkProps } from './check-props.ts';
import { type ConnectionProps, TokenConnection } from './connection.ts';
import { Deployment } from './deployment.ts';
import { failureQueue } from './failure-queue.ts';
import { checkConnection, countFaults, nameFaults, notificationFaults, prefixFaults } from './faults.ts';
import { DEFAULT_PREFIX, instanceName } from './names.ts';
import { operations } from './operations.ts';
import { parameterArn } from './rights.ts';
import { scheduleRole } from './schedule.ts';

export interface TokenRefresherProps {
  /** The connections to keep fresh, by name: lower-case letters, digits and hyphens. At most 40. */
  readonly connections: Readonly<Record<string, ConnectionProps>>;
  /** Path of all parameters, and without its slashes the start of all names. @default '/token-refresher' */
  readonly prefix?: string;
  /**
   * Encrypts the tokens and the alarm topic. `'aws-managed'` saves the price of a key and gives up that a right to
   * decrypt is a right for one parameter: whoever may read a token parameter can decrypt it. An imported key's policy
   * is not changed: it must let CloudWatch alarms use the key for the topic (docs/deploy.md).
   * @default a customer-managed key with rotation
   */
  readonly key?: IKey | 'aws-managed';
  /** What becomes of tokens and statuses when the stack, or a connection in it, is deleted. @default 'delete' */
  readonly tokensOnDelete?: 'delete' | 'keep';
  /** Where alarms are sent. @default a topic of its own, encrypted with the key */
  readonly alarmTopic?: ITopic;
  /**
   * Addresses to subscribe to the topic of its own; `[]` where nobody is to be told, or subscribes elsewhere.
   * @default none, with a warning at synthesis unless there is an `alarmTopic`
   */
  readonly alarmEmails?: readonly string[];
  /** How long logs are kept. @default three months */
  readonly logRetention?: RetentionDays;
}

/** Keeps one token per connection fresh in SSM Parameter Store. */
export class TokenRefresher extends Construct {
  readonly prefix: string;
  /** Encrypts the tokens; undefined is the AWS-managed key. */
  readonly key: IKey | undefined;
  /** Where every alarm is sent, when it goes on and when it goes off. */
  readonly alarmTopic: ITopic;
  /** On while any alarm is on that needs somebody, but for a login that is due. */
  readonly attention: CompositeAlarm;
  readonly #board: LambdaFunction;
  readonly #connections: ReadonlyMap<string, TokenConnection>;
  readonly #importedSecrets: readonly string[];

  constructor(scope: Construct, id: string, given: TokenRefresherProps) {
    super(scope, id);
    const { props, faults } = checkProps(given);
    for (const fault of faults) Annotations.of(this).addError(fault);
    const { tokensOnDelete = 'delete', logRetention = RetentionDays.THREE_MONTHS } = props;
    this.prefix = this.#usablePrefix(props);
    const usable = this.#usableConnections(props);
    for (const fault of notificationFaults(props)) Annotations.of(this).addError(fault);
    if (props.alarmEmails === undefined && props.alarmTopic === undefined) {
      Annotations.of(this).addWarningV2(
        'token-refresher:alarms-reach-nobody',
        'alarms reach nobody: write alarmEmails, such as ["ops@example.com"], or alarmTopic; alarmEmails: [] says that ' +
          'nobody is to be told, or that who is subscribes elsewhere',
      );
    }
    const service = instanceName(this.prefix);

    this.key = props.key === 'aws-managed' ? undefined : (props.key ?? ownKey(this, service, tokensOnDelete));
    const failures = failureQueue(this, service);
    const scheduleGroup = new CfnScheduleGroup(this, 'Schedules', { name: service });
    const role = scheduleRole(this, service, failures);
    const shared = {
      prefix: this.prefix,
      keyArn: this.key?.keyArn,
      logRetention,
      failures,
      scheduleGroup,
      scheduleRole: role.withoutPolicyUpdates(),
    };
    const connections = usable.map(
      ([name, connection]) => new TokenConnection(this, name, connection, shared),
    );
    this.#connections = new Map(connections.map((one) => [one.connection, one]));
    this.#importedSecrets = usable.flatMap(([, { secret }]) => secret?.arn ?? []);
    const functions = connections.map(({ refreshFunction }) => refreshFunction);
    // Without a connection there is a fault to be told, and a statement without resources would throw before.
    if (functions.length > 0) {
      role.addToPolicy(
        new PolicyStatement({
          sid: 'Tick',
          actions: ['lambda:InvokeFunction'],
          resources: functions.map(({ functionArn }) => functionArn),
        }),
      );
    }

    const deployment = new Deployment(this, 'Deployment', {
      prefix: this.prefix,
      service,
      connections: Object.fromEntries(connections.map((one) => [one.connection, one.configuration])),
      tokensOnDelete,
      logRetention,
    });
    for (const one of connections.flatMap((each) => each.functions))
      one.node.addDependency(deployment.cleanup);
    for (const { schedule } of connections) {
      // A schedule ticks as soon as it is made, and must be allowed to by then.
      schedule.node.addDependency(role);
      deployment.firstTicks.node.addDependency(schedule);
    }
    deployment.firstTicks.node.addDependency(role);

    const { alarmTopic, attention, board } = operations(this, {
      prefix: this.prefix,
      service,
      connections,
      deployment,
      failures,
      logRetention,
      key: this.key,
      alarmTopic: props.alarmTopic,
      alarmEmails: props.alarmEmails ?? [],
    });
    this.alarmTopic = alarmTopic;
    this.attention = attention;
    this.#board = board;
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

  // Where a name cannot be used, synthesis goes on without it, so that every fault is reported at once.
  #usablePrefix({ prefix = DEFAULT_PREFIX }: TokenRefresherProps): string {
    const faults = prefixFaults(prefix);
    for (const fault of faults) Annotations.of(this).addError(fault);
    return faults.length === 0 ? prefix : DEFAULT_PREFIX;
  }

  #usableConnections({ connections }: TokenRefresherProps): [string, ConnectionProps][] {
    const all = Object.entries(connections);
    for (const fault of countFaults(this.prefix, all.length)) Annotations.of(this).addError(fault);
    return all.filter(([name, connection]) => {
      // An app runs without having been compiled.
      if (!(connection instanceof Object)) {
        Annotations.of(this).addError(
          `connection "${name}" must be an object, such as { provider: "uqudo" }`,
        );
        return false;
      }
      const { provider, renewBefore, secret, reservedConcurrency, ...settings } = connection;
      const { dialect } = checkConnection(provider, settings);
      const faults = nameFaults(name, this.prefix, dialect?.grant ?? null);
      for (const fault of faults) Annotations.of(this).addError(fault);
      return faults.length === 0;
    });
  }

  /**
   * Lets the grantee see every status, on the board too, and which versions secrets have, and refresh, pause and resume. It
   * lets nobody read a token or a secret.
   */
  grantOperate(grantee: IGrantable): Grant {
    // By their trees where these hold nothing else: all inline policies of a role have 10,240 characters together.
    const ownSecrets = Stack.of(this).formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${this.prefix.slice(1)}/*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const functions = [...this.#connections.values()].map(({ refreshFunction }) => refreshFunction);
    const see = Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParametersByPath'],
      resourceArns: ['config', 'status'].map((tree) => parameterArn(this, `${this.prefix}/${tree}`)),
    });
    const read = Grant.addToPrincipal({
      grantee,
      actions: ['ssm:GetParameters'],
      resourceArns: [parameterArn(this, `${this.prefix}/status/*`)],
    });
    const tellVersions = Grant.addToPrincipal({
      grantee,
      actions: ['secretsmanager:ListSecretVersionIds'],
      resourceArns: [ownSecrets, ...this.#importedSecrets],
    });
    const act = Grant.addToPrincipal({
      grantee,
      actions: ['lambda:InvokeFunction'],
      resourceArns: [this.#board, ...functions].map(({ functionArn }) => functionArn),
    });
    return see.combine(read).combine(tellVersions).combine(act);
  }
}

const ownKey = (scope: Construct, service: string, tokensOnDelete: 'delete' | 'keep'): Key =>
  new Key(scope, 'Key', {
    alias: `alias/${service}`,
    description: `Encrypts the tokens of ${service}`,
    enableKeyRotation: true,
    // Tokens that are kept need their key.
    removalPolicy: tokensOnDelete === 'keep' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  });
