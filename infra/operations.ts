import type { CompositeAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { attentionAlarm, notify, refresherAlarms } from './alarms.ts';
import { boardFunction } from './board.ts';
import type { TokenConnection } from './connection.ts';
import { connectionAlarms } from './connection-alarms.ts';
import { dashboard } from './dashboard.ts';
import type { Deployment } from './deployment.ts';
import { EXCHANGE_SUFFIX } from './names.ts';
import { runbook } from './runbook.ts';
import { alarmTopic, letAlarmsPublish } from './topic.ts';

export interface OperationsProps {
  readonly prefix: string;
  readonly service: string;
  readonly connections: readonly TokenConnection[];
  readonly deployment: Deployment;
  readonly failures: IQueue;
  readonly logRetention: RetentionDays;
  readonly key: IKey | undefined;
  readonly alarmTopic: ITopic | undefined;
  readonly alarmEmails: readonly string[];
}

export interface Operations {
  readonly board: LambdaFunction;
  readonly alarmTopic: ITopic;
  readonly attention: CompositeAlarm;
}

/** What people see and are called by: alarms and their topic, dashboard, board, runbook. */
export const operations = (scope: Construct, props: OperationsProps): Operations => {
  const { prefix, service, connections, deployment, failures, logRetention } = props;
  const board = boardFunction(scope, { prefix, service, logRetention });
  const { alarms, awaiting } = refresherAlarms(scope, {
    service,
    functions: { ...functionsOf(connections), board, deployment: deployment.handler },
    failures,
    scheduleGroup: service,
  });
  const each = connections.map((one) =>
    connectionAlarms(one, { prefix, service, connection: one.connection }, one.timing, one.grant),
  );
  const incidents = [...each.flatMap((one) => one.incidents), ...alarms];
  const calling = [...incidents, ...each.flatMap(({ login }) => login ?? [])];
  // Before its first tick a connection looks like one that has stopped ticking.
  for (const one of [...calling, awaiting]) one.node.addDependency(deployment.firstTicks);
  if (props.alarmTopic !== undefined) letAlarmsPublish(scope, props.alarmTopic, service);
  const topic = props.alarmTopic ?? alarmTopic(scope, service, { key: props.key, emails: props.alarmEmails });
  notify(calling, topic);
  const attention = attentionAlarm(scope, service, incidents);
  const shown = dashboard(scope, {
    service,
    board,
    connections: connections.map(({ connection, grant, timing }) => ({ connection, grant, ...timing })),
    alarms: [attention, awaiting, ...calling],
  });
  const document = runbook(scope, { service, connections: connections.map(({ connection }) => connection) });
  // Where one of these fails, the update is rolled back, and the tokens of what it removed have to be there still.
  deployment.removedTokens.node.addDependency(...calling, awaiting, attention, shown, document);
  return { board, alarmTopic: topic, attention };
};

/** The functions of connections, by the name that is shown. */
const functionsOf = (connections: readonly TokenConnection[]): Record<string, LambdaFunction> =>
  Object.fromEntries(
    connections.flatMap(({ connection, refreshFunction, exchange }) => [
      [connection, refreshFunction] as const,
      ...(exchange === undefined ? [] : [[`${connection}${EXCHANGE_SUFFIX}`, exchange.handler] as const]),
    ]),
  );
