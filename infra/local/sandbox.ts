import { randomBytes } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SSMClient } from '@aws-sdk/client-ssm';
import type { Connection } from '../../functions/connection.ts';
import type { Status } from '../../functions/status.ts';
import { DEFAULT_PREFIX } from '../names.ts';
import { type Assembly, type DeployedRule, readAssembly } from './assembly.ts';
import type { InvocationResult } from './aws/lambda-invoke.ts';
import type { Place } from './aws/parameter-rules.ts';
import type { AwsCall } from './aws/request.ts';
import { type AwsEndpoint, type AwsState, startAwsEndpoint } from './aws/server.ts';
import { type Cleanup, cleanUp } from './cleanup.ts';
import { checkTargets, type Fault } from './faults.ts';
import { createLambdaFunction, type LambdaFunction } from './lambda-function.ts';
import type { DeployedFunction } from './lambda-process.ts';
import { createProviders, type Providers, simulatedClient } from './providers/providers.ts';
import { serveProviders } from './providers/server.ts';
import type { ClientCredentials } from './providers/token-request.ts';
import { type Provisioned, provision } from './provision.ts';
import { allows, type Statement } from './rights.ts';
import { runSchedules } from './schedules.ts';
import { select, unknownConnection } from './selection.ts';
import { statusesOf } from './statuses.ts';

export interface SandboxProps {
  /** The cloud assembly to run. */
  readonly assemblyDirectory: string;
  /** Everything that takes time takes this much less. @default 1 */
  readonly speed?: number;
  /** Connections to run. @default all */
  readonly only?: readonly string[];
  readonly faults?: readonly Fault[];
  /** Replaces the embedded endpoint. What the sandbox creates there it deletes again. */
  readonly awsEndpointUrl?: string;
  /** Leaves at `awsEndpointUrl` what was created there. @default false */
  readonly keep?: boolean;
  /** What the embedded endpoint holds at the start. @default nothing */
  readonly state?: AwsState;
  /** Called with every line a function logs. */
  readonly onLog?: (functionName: string, line: string) => void;
  /** Called after every scheduled invocation. */
  readonly onTick?: (connection: string, result: InvocationResult) => void;
}

export interface Sandbox {
  /** In the order of the stack. */
  readonly connections: readonly Connection[];
  /** How a shell reaches the endpoint, and the command line the stack in it. */
  readonly environment: Readonly<Record<string, string>>;
  /** Invokes a connection's refresh function. @throws Error for a connection that does not run */
  readonly invoke: (connection: string, event: unknown) => Promise<InvocationResult>;
  /** Invokes any function of the stack. @throws Error for one that does not run */
  readonly invokeFunction: (functionName: string, event: unknown) => Promise<InvocationResult>;
  /** Name of the function that renders the board; null where the stack has none. */
  readonly board: string | null;
  /** Hands a code in. @throws Error for a connection without an exchange function */
  readonly exchange: (connection: string, handIn: unknown) => Promise<InvocationResult>;
  /** The client_id of a connection. */
  readonly clientId: (connection: string) => string;
  /** Starts the schedules, each with a tick at once. */
  readonly startSchedules: () => void;
  readonly stopSchedules: () => Promise<void>;
  /** The status parameters as they are now; null where there is none yet. */
  readonly statuses: () => Promise<ReadonlyMap<string, Status | null>>;
  /** The embedded endpoint; null where it is replaced. */
  readonly aws: AwsEndpoint | null;
  /** Calls to the embedded endpoint; `caller` is the function's name. */
  readonly calls: readonly AwsCall[];
  readonly providers: Providers;
  readonly close: () => Promise<void>;
}

const ACCOUNT = '000000000000';
const OWN_KEY = 'SANDBOX';
const BOARD_HANDLER = 'board.handler';

/** Runs a synthesized stack on this machine. @throws Error naming what cannot be run or is not known */
export const startSandbox = async (props: SandboxProps): Promise<Sandbox> => {
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-central-1';
  const place = { region, account: ACCOUNT };
  const assembly = readAssembly(props.assemblyDirectory, place);
  const selected = select(assembly.connections, props.only);
  checkTargets(
    props.faults ?? [],
    [...selected.values()].map(({ connection }) => connection),
  );
  const cleanups: Cleanup[] = [];
  try {
    return await start(props, place, assembly, selected, cleanups);
  } catch (error) {
    await cleanUp(cleanups);
    throw error;
  }
};

const start = async (
  props: SandboxProps,
  place: Place,
  assembly: Assembly,
  selected: ReadonlyMap<string, Connection>,
  cleanups: Cleanup[],
): Promise<Sandbox> => {
  const { speed = 1, faults = [], awsEndpointUrl } = props;
  const connections = [...selected.values()];
  const functions = new Map<string, LambdaFunction>();
  const callers = new Map<string, string>();
  const calls: AwsCall[] = [];
  const rights = new Map<string, readonly Statement[]>();
  const rules: DeployedRule[] = [];
  const invokeByName = (name: string, payload: string) => functions.get(name)?.invoke(payload) ?? null;

  const aws =
    awsEndpointUrl === undefined
      ? await startAwsEndpoint({
          place,
          ...(props.state === undefined ? {} : { state: props.state }),
          invoke: invokeByName,
          caller: (accessKeyId) => callers.get(accessKeyId) ?? accessKeyId,
          onCall: (call) => calls.push(call),
          allows: (caller, authorization) => {
            const statements = rights.get(caller);
            return statements === undefined || allows(statements, authorization);
          },
          onNewCredentials: (secretArn) => {
            for (const { functionName, input } of rules.filter((each) => each.secretArn === secretArn)) {
              invokeByName(functionName, input);
            }
          },
          faults,
          faultsHit: (caller) => functions.has(caller),
          crash: (caller) => functions.get(caller)?.kill(),
        })
      : null;
  cleanups.push(() => aws?.close());
  const endpoint = aws?.url ?? awsEndpointUrl ?? '';
  const credentials = aws === null ? ownCredentials() : { accessKeyId: OWN_KEY, secretAccessKey: 'sandbox' };
  const config = { endpoint, region: place.region, credentials };
  const clients = { ssm: new SSMClient(config), secretsManager: new SecretsManagerClient(config) };
  cleanups.push(() => {
    clients.ssm.destroy();
    clients.secretsManager.destroy();
  });

  const provisioned = await provision(clients, assembly, connections, { speed, keys: aws !== null }).catch(
    (cause: unknown) => {
      if (aws !== null) throw cause;
      const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
      throw new Error(
        `AWS_ENDPOINT_URL is ${endpoint}: ${reason}. Start that endpoint, or unset the variable`,
        {
          cause,
        },
      );
    },
  );
  if (aws === null && !props.keep) cleanups.push(provisioned.remove);

  const providers = createProviders({
    clients: connections.map((connection) =>
      simulatedClient({ ...connection, credentials: credentialsOf(provisioned, connection) }),
    ),
    faults,
    speed,
    startedAt: Date.now(),
  });
  const served = await serveProviders(providers);
  cleanups.push(served.close);

  const located = <T>(value: T): T => JSON.parse(provisioned.adapted(JSON.stringify(value)));
  rules.push(...located(assembly.rules));
  for (const deployed of assembly.functions) {
    const { name } = deployed;
    const statements = assembly.rights[name];
    if (statements !== undefined) rights.set(name, located(statements));
    const accessKeyId = aws === null ? credentials.accessKeyId : `ASIA${randomBytes(8).toString('hex')}`;
    callers.set(accessKeyId, name);
    functions.set(
      name,
      createLambdaFunction(withEnvironment(deployed, provisioned.adapted), {
        region: place.region,
        awsEndpointUrl: endpoint,
        credentials: { ...credentials, accessKeyId },
        providers: served,
        onLog: (line) => props.onLog?.(name, line),
      }),
    );
  }

  const invokeFunction = async (name: string, event: unknown): Promise<InvocationResult> => {
    const running = invokeByName(name, JSON.stringify(event));
    if (running === null)
      throw new Error(`there is no function "${name}": known are ${[...functions.keys()].join(', ')}`);
    return running;
  };

  const [{ statusParameter } = { statusParameter: '' }] = connections;
  const prefix = statusParameter.split('/status/')[0];

  let stop: (() => Promise<void>) | null = null;
  const stopSchedules = async () => {
    const stopping = stop?.();
    stop = null;
    await stopping;
  };
  cleanups.push(async () => {
    const stopped = stopSchedules();
    await Promise.all([...functions.values()].map((each) => each.kill()));
    await stopped;
  });

  return {
    connections: connections.map(located),
    environment: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: place.region,
      // What Python reads, and with it the AWS CLI 1.
      AWS_DEFAULT_REGION: place.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      ...(prefix === DEFAULT_PREFIX ? {} : { TOKEN_REFRESHER_PREFIX: prefix }),
    },
    invoke: async (name, event) => {
      const [functionName] = [...selected].find(([, { connection }]) => connection === name) ?? [];
      if (functionName === undefined) throw unknownConnection(name, connections);
      return invokeFunction(functionName, event);
    },
    invokeFunction,
    board: assembly.functions.find(({ handler }) => handler === BOARD_HANDLER)?.name ?? null,
    exchange: async (name, handIn) => {
      const running = invokeByName(assembly.exchanges[name] ?? '', JSON.stringify(handIn));
      if (running === null) throw new Error(`${name} has no exchange function`);
      return running;
    },
    clientId: (name) => provisioned.credentials.get(name)?.client_id ?? '',
    startSchedules: () => {
      const schedules = assembly.schedules.filter(({ functionName }) => selected.has(functionName));
      stop ??= runSchedules(schedules, speed, async ({ functionName, input }) => {
        const result = await invokeByName(functionName, input);
        const connection = selected.get(functionName)?.connection ?? functionName;
        if (result !== null) props.onTick?.(connection, result);
      });
    },
    stopSchedules,
    statuses: () => statusesOf(clients.ssm, connections),
    aws,
    calls,
    providers,
    close: () => cleanUp(cleanups),
  };
};

const credentialsOf = ({ credentials }: Provisioned, { connection }: Connection): ClientCredentials => {
  const found = credentials.get(connection);
  if (found === undefined) throw new Error(`${connection} has no credentials`);
  return found;
};

const ownCredentials = () => ({
  accessKeyId: process.env['AWS_ACCESS_KEY_ID'] ?? 'sandbox',
  secretAccessKey: process.env['AWS_SECRET_ACCESS_KEY'] ?? 'sandbox',
});

const withEnvironment = (
  deployed: DeployedFunction,
  adapted: (text: string) => string,
): DeployedFunction => ({
  ...deployed,
  environment: Object.fromEntries(
    Object.entries(deployed.environment).map(([name, value]) => [name, adapted(value)]),
  ),
});
