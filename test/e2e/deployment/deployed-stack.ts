import {
  DescribeRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  TestEventPatternCommand,
} from '@aws-sdk/client-eventbridge';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  GetParameterCommand,
  GetParametersByPathCommand,
  ParameterNotFound,
  SSMClient,
} from '@aws-sdk/client-ssm';
import type { ConnectionConfig } from '../../../functions/connection.ts';
import type { Answer } from '../../../functions/event.ts';
import type { Credentials } from '../../../functions/oauth/client-authentication.ts';
import { parseStatus, type Status } from '../../../functions/status.ts';
import { ACCOUNT, type Emulator } from './emulator.ts';
import { standIn } from './for-emulator.ts';

/** What the test reads of the deployed stack and does to it, by the SDK. */
export const deployedStack = ({ client, ask }: Emulator) => {
  const ssm = new SSMClient(client);
  const secretsManager = new SecretsManagerClient(client);
  const lambda = new LambdaClient(client);
  const events = new EventBridgeClient(client);

  const parameter = async (name: string, WithDecryption = false) => {
    try {
      return (await ssm.send(new GetParameterCommand({ Name: `/token-refresher/${name}`, WithDecryption })))
        .Parameter;
    } catch (error) {
      if (error instanceof ParameterNotFound) return undefined;
      throw error;
    }
  };
  const statusOf = async (connection: string): Promise<Status> => {
    const status = parseStatus((await parameter(`status/${connection}`))?.Value ?? '');
    if (status === null) throw new Error(`${connection} has no status`);
    return status;
  };
  const configOf = async (connection: string) =>
    JSON.parse((await parameter(`config/${connection}`))?.Value ?? '') as ConnectionConfig;
  const write = async (connection: string, { client_id, client_secret }: Credentials) =>
    secretsManager.send(
      new PutSecretValueCommand({
        SecretId: (await configOf(connection)).secretArn,
        SecretString: JSON.stringify({ client_id, client_secret }),
      }),
    );
  const invoke = async (connection: string, event: object): Promise<Answer> => {
    const { Payload } = await lambda.send(
      new InvokeCommand({
        FunctionName: (await configOf(connection)).functionName,
        Payload: JSON.stringify(event),
      }),
    );
    return JSON.parse(Buffer.from(Payload ?? []).toString()) as Answer;
  };
  const names = async (tree: string) => {
    const { Parameters } = await ssm.send(
      new GetParametersByPathCommand({ Path: `/token-refresher/${tree}`, Recursive: true }),
    );
    return (Parameters ?? []).map(({ Name }) => Name).sort();
  };
  /** What the failure queue holds, as SQS answers it. */
  const failures = () =>
    ask(
      'sqs',
      { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage' },
      JSON.stringify({
        QueueUrl: `${client.endpoint}/${ACCOUNT}/token-refresher-failures`,
        MaxNumberOfMessages: 10,
      }),
    );
  /** The event that Secrets Manager sends by itself, as AWS documents it. */
  const secretEvent = async (connection: string, labelUpdated: string) => ({
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'Secret Label Updated',
    source: 'aws.secretsmanager',
    account: ACCOUNT,
    time: '2030-01-01T00:00:00Z',
    region: client.region,
    resources: [(await configOf(connection)).secretArn],
    detail: {
      name: `token-refresher/${connection}`,
      labelUpdated,
      versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111',
    },
  });
  /** Whether the deployed rule on a connection's secret takes the event for a label. */
  const takesSecretEvent = async (connection: string, label: string): Promise<boolean | undefined> => {
    const { functionName: Name } = await configOf(connection);
    const { EventPattern } = await events.send(new DescribeRuleCommand({ Name }));
    const Event = JSON.stringify(await secretEvent(connection, label));
    return (await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
  };
  /** Puts that event on the bus, for the deployed rule to take it or not. */
  const sendSecretEvent = async (connection: string, label: string): Promise<void> => {
    const { source, 'detail-type': DetailType, resources, detail } = await secretEvent(connection, label);
    const entry = { DetailType, Resources: resources, Detail: JSON.stringify(detail) };
    const { Entries = [] } = await events.send(
      new PutEventsCommand({ Entries: [{ ...entry, Source: standIn(source) }] }),
    );
    if (Entries.some(({ ErrorCode }) => ErrorCode !== undefined)) throw new Error(JSON.stringify(Entries));
  };
  /** Invokes a function without waiting for it. */
  const send = async (connection: string, event: object): Promise<void> => {
    const { functionName: FunctionName } = await configOf(connection);
    const Payload = JSON.stringify(event);
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
  };

  return {
    parameter,
    statusOf,
    configOf,
    write,
    invoke,
    send,
    names,
    failures,
    takesSecretEvent,
    sendSecretEvent,
  };
};
