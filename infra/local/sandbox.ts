import { randomBytes } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { Connection } from '../../functions/connection.ts';
import { parseStatus, type Status } from '../../functions/status.ts';
import { type DeployedSchedule, readAssembly } from './assembly.ts';
import type { InvocationResult } from './aws/lambda-invoke.ts';
import type { AwsCall } from './aws/request.ts';
import { type AwsEndpoint, type AwsState, startAwsEndpoint } from './aws/server.ts';
import { checkTargets, type Fault } from './faults.ts';
import { createLambdaFunction, type LambdaFunction } from './lambda-function.ts';
import type { DeployedFunction } from './lambda-process.ts';
import { createProviders, type Providers, simulatedClient } from './providers/providers.ts';
import { serveProviders } from './providers/server.ts';
import {
  inTens,
  missingParameters,
  provisionParameters,
  provisionSecret,
  removeProvisioned,
} from './provision.ts';
import { runSchedules } from './schedules.ts';
import { faster } from './speed.ts';

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
  /** How a shell reaches the endpoint. */
  readonly environment: Readonly<Record<string, string>>;
  /** Invokes a connection's refresh function. @throws Error for a connection that does not run */
  readonly invoke: (connection: string, event: unknown) => Promise<InvocationResult>;
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

/** Runs a synthesized stack on this machine. @throws Error naming what cannot be run or is not known */
export const startSandbox = async (props: SandboxProps): Promise<Sandbox> => {
  const { speed = 1, faults = [], awsEndpointUrl } = props;
  const region = process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] ?? 'eu-central-1';
  const place = { region, account: ACCOUNT };
  const assembly = readAssembly(props.assemblyDirectory, place);
  const selected = select(assembly.connections, props.only);
  const names = [...selected.values()].map(({ connection }) => connection);
  checkTargets(faults, names);

  const functions = new Map<string, LambdaFunction>();
  const callers = new Map<string, string>();
  const calls: AwsCall[] = [];
  const invokeByName = (name: string, payload: string) => functions.get(name)?.invoke(payload) ?? null;
  const aws =
    awsEndpointUrl === undefined
      ? await startAwsEndpoint({
          place,
          ...(props.state === undefined ? {} : { state: props.state }),
          invoke: invokeByName,
          caller: (accessKeyId) => callers.get(accessKeyId) ?? accessKeyId,
          onCall: (call) => calls.push(call),
          faults,
          faultsHit: (caller) => functions.has(caller),
          crash: (caller) => functions.get(caller)?.kill(),
        })
      : null;
  const url = aws?.url ?? awsEndpointUrl ?? '';
  const credentials = aws === null ? ownCredentials() : { accessKeyId: OWN_KEY, secretAccessKey: 'sandbox' };
  const config = { endpoint: url, region, credentials };
  const clients = { ssm: new SSMClient(config), secretsManager: new SecretsManagerClient(config) };

  const parameters = assembly.parameters.filter(({ name }) =>
    [...selected.values()].some(({ connection }) => name.endsWith(`/${connection}`)),
  );
  const madeHere = await missingParameters(clients, [
    ...parameters.map(({ name }) => name),
    ...[...selected.values()].flatMap(({ tokenParameter, statusParameter }) => [
      tokenParameter,
      statusParameter,
    ]),
  ]);
  const secrets = new Map(
    await Promise.all(
      [...selected.values()].map(
        async (connection) =>
          [
            connection.connection,
            await provisionSecret(clients, connection, assembly.secrets[connection.secretArn]),
          ] as const,
      ),
    ),
  );
  const adapted = (text: string): string => {
    const arns = [...selected.values()].map(
      ({ connection, secretArn }) => [secretArn, secrets.get(connection)?.arn ?? secretArn] as const,
    );
    const located = arns.reduce((all, [from, to]) => all.replaceAll(from, to), text);
    // No other endpoint has the stack's key.
    const unlocked = aws === null ? located.replace(/"keyArn":"[^"]*"/, '"keyArn":null') : located;
    return faster(unlocked, speed);
  };
  await provisionParameters(
    clients,
    parameters.map(({ name, value }) => ({ name, value: adapted(value) })),
  );

  const providers = createProviders({
    clients: [...selected.values()].map((connection) => {
      const secret = secrets.get(connection.connection);
      if (secret === undefined) throw new Error(`${connection.connection} has no secret`);
      return simulatedClient({ ...connection, credentials: secret.credentials });
    }),
    faults,
    speed,
    startedAt: Date.now(),
  });
  const served = await serveProviders(providers);

  for (const deployed of assembly.functions) {
    const { name } = deployed;
    const accessKeyId = aws === null ? credentials.accessKeyId : `ASIA${randomBytes(8).toString('hex')}`;
    callers.set(accessKeyId, name);
    functions.set(
      name,
      createLambdaFunction(withEnvironment(deployed, adapted), {
        region,
        awsEndpointUrl: url,
        credentials: { ...credentials, accessKeyId },
        providers: served,
        onLog: (line) => props.onLog?.(name, line),
      }),
    );
  }

  const invoke = async (name: string, event: unknown): Promise<InvocationResult> => {
    const [functionName] = [...selected].find(([, { connection }]) => connection === name) ?? [];
    const running = functionName === undefined ? null : invokeByName(functionName, JSON.stringify(event));
    if (running === null) {
      throw new Error(`there is no connection "${name}": known are ${names.join(', ')}`);
    }
    return running;
  };
  const due: readonly DeployedSchedule[] = assembly.schedules.filter(({ functionName }) =>
    selected.has(functionName),
  );
  let stop: (() => Promise<void>) | null = null;
  const stopSchedules = async () => {
    await stop?.();
    stop = null;
  };

  return {
    connections: [...selected.values()].map((connection) => JSON.parse(adapted(JSON.stringify(connection)))),
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    },
    invoke,
    startSchedules: () => {
      stop ??= runSchedules(due, speed, async ({ functionName, input }) => {
        const connection = selected.get(functionName)?.connection ?? functionName;
        const result = await invokeByName(functionName, input);
        if (result !== null) props.onTick?.(connection, result);
      });
    },
    stopSchedules,
    statuses: async () => {
      const found = new Map<string, Status | null>(names.map((name) => [name, null]));
      for (const batch of inTens([...selected.values()])) {
        const { Parameters = [] } = await clients.ssm.send(
          new GetParametersCommand({ Names: batch.map(({ statusParameter }) => statusParameter) }),
        );
        for (const { Value = '' } of Parameters) {
          const status = parseStatus(Value);
          if (status !== null) found.set(status.connection, status);
        }
      }
      return found;
    },
    aws,
    calls,
    providers,
    close: async () => {
      const stopped = stopSchedules();
      await Promise.all([...functions.values()].map((each) => each.kill()));
      await stopped;
      if (aws === null && !props.keep) {
        const created = [...secrets.values()].filter((secret) => secret.created).map(({ arn }) => arn);
        await removeProvisioned(clients, { parameters: madeHere, secrets: created });
      }
      clients.ssm.destroy();
      clients.secretsManager.destroy();
      await Promise.all([aws?.close(), served.close()]);
    },
  };
};

/** The connections to run, by function name. */
const select = (
  connections: Readonly<Record<string, Connection>>,
  only: readonly string[] | undefined,
): ReadonlyMap<string, Connection> => {
  const known = Object.values(connections).map(({ connection }) => connection);
  const stranger = only?.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new Error(`there is no connection "${stranger}": known are ${known.join(', ')}`);
  }
  return new Map(
    Object.entries(connections).filter(([, { connection }]) => only?.includes(connection) ?? true),
  );
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
