import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { activeFaults, type Fault } from '../faults.ts';
import type { Authorization } from '../rights.ts';
import { authorizationsOf, authorize } from './authorizations.ts';
import { AwsError } from './aws-error.ts';
import { eventsActions, type SentEvent } from './events.ts';
import type { Action } from './input.ts';
import { type Invoke, invokedFunction, lambdaInvoke } from './lambda-invoke.ts';
import type { Place } from './parameter-rules.ts';
import { createParameterStore, type Parameter, type ParameterStore } from './parameter-store.ts';
import { type AwsCall, accessKeyIdOf, bodyOf, type Called, calledBy } from './request.ts';
import { createSecretStore, type Secret, type SecretStore } from './secret-store.ts';
import { secretsManagerActions } from './secrets-manager.ts';
import { ssmActions } from './ssm.ts';

/** The endpoint's content as plain JSON. */
export interface AwsState {
  readonly parameters: readonly Parameter[];
  readonly secrets: readonly Secret[];
}

export interface AwsEndpointProps {
  readonly place: Place;
  readonly state?: AwsState;
  /** Runs functions. @default there are none */
  readonly invoke?: Invoke;
  /** Milliseconds since the epoch. @default Date.now */
  readonly clock?: () => number;
  /** Who calls with an access key id. @default the access key id itself */
  readonly caller?: (accessKeyId: string) => string;
  readonly onCall?: (call: AwsCall) => void;
  readonly faults?: readonly Fault[];
  /** Whether faults hit this caller. @default everybody */
  readonly faultsHit?: (caller: string) => boolean;
  /** What IAM says to a caller. @default everything is allowed */
  readonly allows?: (caller: string, authorization: Authorization) => boolean;
  /** Called when a secret has a new AWSCURRENT. */
  readonly onNewCredentials?: (secretArn: string) => void;
  /** Kills the caller, for the fault `crash`. */
  readonly crash?: (caller: string) => void;
  /** @default Math.random */
  readonly random?: () => number;
}

export interface AwsEndpoint {
  readonly url: string;
  readonly parameters: ParameterStore;
  readonly secrets: SecretStore;
  /** What was put on the default event bus. */
  readonly events: readonly SentEvent[];
  readonly state: () => AwsState;
  readonly close: () => Promise<void>;
}

/** SSM, Secrets Manager, EventBridge's PutEvents and Lambda's Invoke on a loopback port. */
export const startAwsEndpoint = async (props: AwsEndpointProps): Promise<AwsEndpoint> => {
  const { place, clock = Date.now, caller = (id) => id, random = Math.random, faults = [] } = props;
  const parameters = createParameterStore(props.state?.parameters);
  const secrets = createSecretStore(place, props.state?.secrets, props.onNewCredentials);
  const events: SentEvent[] = [];
  const started = clock();
  const crashes = new Map<string, number>();

  const faultsOf = (who: string, service: string): Fault[] =>
    (props.faultsHit ?? (() => true))(who) ? activeFaults(faults, service, clock() - started) : [];

  const services: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
    ssm: ssmActions(parameters, place),
    secretsmanager: secretsManagerActions(secrets),
    events: eventsActions(events),
  };

  const beforehand = async (active: readonly Fault[], { service, operation }: Called, who: string) => {
    for (const { kind, amount } of active) {
      if (kind === 'latency') await delay(amount ?? 0);
      if (kind === 'throttle' && random() < (amount ?? 0)) {
        throw new AwsError('ThrottlingException', 'Rate exceeded');
      }
      if (kind === 'denied') {
        throw new AwsError(
          'AccessDeniedException',
          `User: ${who} is not authorized to perform: ${service}:${operation} because no identity-based policy ` +
            `allows the ${service}:${operation} action`,
        );
      }
    }
  };

  /** The fault `crash`: the caller dies after its token is written and before it learns so. */
  const crashed = (active: readonly Fault[], { operation, input }: Called, who: string): boolean => {
    const crash = active.find(({ kind }) => kind === 'crash');
    const done = crashes.get(who) ?? 0;
    const due =
      operation === 'PutParameter' && input['Type'] === 'SecureString' && done < (crash?.amount ?? 0);
    if (due) {
      crashes.set(who, done + 1);
      props.crash?.(who);
    }
    return due;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse, requestId: string) => {
    const body = await bodyOf(request);
    const who = caller(accessKeyIdOf(request));
    const note = (called: Called, outcome: string) =>
      props.onCall?.({ ...called.summary, caller: who, outcome });
    const called = calledBy(request, body);
    try {
      const active = faultsOf(who, called.service);
      await beforehand(active, called, who);
      const allowed = (each: Authorization) => props.allows?.(who, each) ?? true;
      authorize(who, authorizationsOf(called, { place, parameters, secrets }), allowed, place);
      if (called.service === 'lambda') {
        const type = String(request.headers['x-amz-invocation-type'] ?? 'RequestResponse');
        const name = called.operation;
        const invoke = props.invoke ?? (() => null);
        const { status, headers, body: payload } = await lambdaInvoke(invoke, place, { name, type, body });
        note(called, headers['x-amz-function-error'] ?? 'ok');
        response.writeHead(status, { ...headers, 'x-amzn-requestid': requestId }).end(payload);
        return;
      }
      const action = services[called.service]?.[called.operation];
      if (action === undefined) throw new AwsError('UnknownOperationException', called.operation);
      const staleMs = active.find(({ kind }) => kind === 'stale')?.amount ?? 0;
      const now = clock();
      const result = action(called.input, now, now - staleMs);
      note(called, 'ok');
      if (crashed(active, called, who)) {
        request.socket.destroy();
        return;
      }
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': requestId })
        .end(JSON.stringify(result));
    } catch (error) {
      note(called, error instanceof AwsError ? error.code : 'InternalServerError');
      throw error;
    }
  };

  const server = createServer((request, response) => {
    const requestId = randomUUID();
    answer(request, response, requestId).catch((error: unknown) => {
      const { code, message, status } =
        error instanceof AwsError ? error : new AwsError('InternalServerError', String(error), 500);
      const lambda = invokedFunction(request.url ?? '') !== null;
      response
        .writeHead(status, {
          'content-type': lambda ? 'application/json' : 'application/x-amz-json-1.1',
          'x-amzn-requestid': requestId,
          'x-amzn-errortype': code,
        })
        .end(
          JSON.stringify(
            lambda ? { Type: 'User', Message: message } : { __type: code, message, Message: message },
          ),
        );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  return {
    url: `http://127.0.0.1:${port}`,
    parameters,
    secrets,
    events,
    state: () => ({ parameters: parameters.all(), secrets: secrets.all() }),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
};
