import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
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
import type { Emulator } from './emulator.ts';

/** What the test reads of the deployed stack and does to it, by the SDK. */
export const deployedStack = ({ environment }: Pick<Emulator, 'environment'>) => {
  const client = {
    endpoint: environment['AWS_ENDPOINT_URL'] ?? '',
    region: environment['AWS_REGION'] ?? '',
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'unused' },
  };
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
  /** The event that Secrets Manager sends by itself, as AWS documents it; nobody else may put it on the bus. */
  const secretChanged = async (labelUpdated: string) => ({
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'Secret Label Updated',
    source: 'aws.secretsmanager',
    account: '000000000000',
    time: '2030-01-01T00:00:00Z',
    region: environment['AWS_REGION'],
    resources: [(await configOf('kept')).secretArn],
    detail: { name: 'token-refresher/kept', labelUpdated, versionId: 'a1b2c3d4-5678-90ab-cdef-EXAMPLE11111' },
  });
  /** What the failure queue holds, as SQS answers it. */
  const failures = async (): Promise<string> => {
    const url = environment['AWS_ENDPOINT_URL'] ?? '';
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': 'AmazonSQS.ReceiveMessage',
        authorization: `AWS4-HMAC-SHA256 Credential=000000000000/20300101/${environment['AWS_REGION']}/sqs/aws4_request`,
      },
      body: JSON.stringify({
        QueueUrl: `${url}/000000000000/token-refresher-failures`,
        MaxNumberOfMessages: 10,
      }),
    });
    return response.text();
  };

  /** What the rule on a connection's secret does: whether it takes the event for a label, and what it then sends. */
  const secretRule = async (connection: string) => {
    const { functionName: name } = await configOf(connection);
    const { EventPattern } = await events.send(new DescribeRuleCommand({ Name: name }));
    const { Targets = [] } = await events.send(new ListTargetsByRuleCommand({ Rule: name }));
    return {
      takes: async (label: string) => {
        const Event = JSON.stringify(await secretChanged(label));
        return (await events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
      },
      inputs: Targets.map(({ Input }) => JSON.parse(Input ?? '') as object),
    };
  };
  /** Invokes a function without waiting for it. */
  const send = async (connection: string, event: object): Promise<void> => {
    const { functionName: FunctionName } = await configOf(connection);
    const Payload = JSON.stringify(event);
    await lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload }));
  };

  return { parameter, statusOf, configOf, write, invoke, send, names, secretRule, failures };
};
