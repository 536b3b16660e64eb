import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import type { AuthorizationServer } from '../../oauth/authorization-server.ts';
import { listen } from '../../reader/http-server.ts';
import type { Emulator } from './emulator.ts';

/** An API that lets in whoever bears a token of the authorization server, and tells whose token that is. */
export const startApi = async ({ holderOf }: Pick<AuthorizationServer, 'holderOf'>) => {
  /** The statuses of its answers, in order. */
  const answered: number[] = [];
  const { origin, close } = await listen(async ({ headers, url }, response) => {
    const holder = await holderOf(headers.authorization?.replace(/^Bearer /, '') ?? '');
    const status = holder === undefined ? 401 : 200;
    answered.push(status);
    response.writeHead(status).end(JSON.stringify({ url, holder }));
  });
  return { origin, answered, close };
};

/** The function of the consumer example, where it is deployed. */
export const deployedConsumer = async ({ client, ask }: Emulator) => {
  const lambda = new LambdaClient(client);
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 50 }));
  const deployed = Functions.find(({ FunctionName }) => FunctionName?.startsWith('TokenConsumer-CallApi'));
  if (deployed === undefined) throw new Error('the consumer has no function');
  const { FunctionName, Role = '', Environment } = deployed;

  const call = async (event: { id: string }): Promise<unknown> => {
    const { Payload } = await lambda.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
    );
    return JSON.parse(Buffer.from(Payload ?? []).toString());
  };
  /** Whether the policies of its role, as they are deployed, allow an action on a parameter. */
  const may = async (action: string, parameter: string): Promise<boolean> => {
    const account = Role.split(':')[4];
    const query = new URLSearchParams({
      Action: 'SimulatePrincipalPolicy',
      Version: '2010-05-08',
      PolicySourceArn: Role,
      'ActionNames.member.1': action,
      'ResourceArns.member.1': `arn:aws:ssm:${client.region}:${account}:parameter/token-refresher/${parameter}`,
    });
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const [, decision] = /<EvalDecision>(\w+)</.exec(await ask('iam', form, query.toString())) ?? [];
    if (decision === undefined) throw new Error(`IAM has not decided on ${action}`);
    return decision === 'allowed';
  };
  return { environment: Environment?.Variables, call, may };
};
