import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Connection } from '../../functions/connection.ts';
import { parseStatus, type Status, serializeStatus } from '../../functions/status.ts';
import { bundle } from '../../infra/bundle.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';
import { type LambdaProcess, startLambdaProcess } from '../../infra/local/lambda-process.ts';
import { CONNECTION } from '../connection.ts';
import { certificate, http, https } from '../loopback.ts';

const PLACE = { region: 'eu-central-1', account: '123456789012' };

/** A request that left the function: to AWS by its operation, to the provider as `token`. */
export interface Outgoing {
  readonly name: string;
  readonly body: string;
  readonly headers: IncomingMessage['headers'];
}

/** What an AWS call is answered with in place of what the endpoint would say. */
export interface Reply {
  readonly status: number;
  readonly body: object;
}

export interface DeployedProps {
  readonly credentials: { readonly client_id: string; readonly client_secret: string };
  /** What the provider answers. */
  readonly provider: (request: Outgoing, response: ServerResponse) => void | Promise<void>;
  /** Called before an AWS call has its effect. */
  readonly before?: (call: Outgoing) => Reply | null | Promise<Reply | null>;
  /** Called between an AWS call's effect and its answer. */
  readonly after?: (call: Outgoing) => void | Promise<void>;
  readonly directory: string;
}

/** The bundles, in a directory of their own that goes with the test file. */
export const bundled = (): { directory: string; remove: () => void } => {
  const directory = mkdtempSync(join(tmpdir(), 'token-refresher-bundle-'));
  bundle(directory);
  return { directory, remove: () => rmSync(directory, { recursive: true }) };
};

/** The deployed refresh function in a process of its own, between an AWS endpoint and a provider on loopback. */
export const deployed = async (props: DeployedProps) => {
  const aws = await startAwsEndpoint({ place: PLACE });
  const secret = aws.secrets.create({ name: 'uqudo' }, Date.now());
  const setSecret = (text: string) =>
    aws.secrets.put(secret.arn, { value: { SecretString: text }, token: crypto.randomUUID() }, Date.now());
  setSecret(JSON.stringify(props.credentials));
  const connection: Connection = { ...CONNECTION, secretArn: secret.arn, keyArn: null };

  const gateway = await http(async (request, response) => {
    const call = await outgoing(request, String(request.headers['x-amz-target']).split('.')[1] ?? '');
    const reply = (await props.before?.(call)) ?? null;
    if (reply !== null) return send(response, reply.status, JSON.stringify(reply.body));
    const answer = await fetch(aws.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': String(request.headers['x-amz-target']),
        authorization: String(request.headers.authorization),
      },
      body: call.body,
    });
    const text = await answer.text();
    await props.after?.(call);
    return send(response, answer.status, text);
  });
  const trusted = await certificate('auth.uqudo.io');
  const provider = await https(trusted, async (request, response) => {
    await props.provider(await outgoing(request, 'token'), response);
  });

  const output: string[] = [];
  const processes: LambdaProcess[] = [];
  const start = (): LambdaProcess => {
    const started = startLambdaProcess(
      {
        name: 'token-refresher-uqudo',
        directory: props.directory,
        handler: 'refresh.handler',
        environment: { CONNECTION: JSON.stringify(connection), POWERTOOLS_LOG_LEVEL: 'DEBUG' },
        timeoutSeconds: 60,
        memoryMegabytes: 512,
      },
      {
        region: PLACE.region,
        awsEndpointUrl: gateway.origin,
        credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'not-a-real-key' },
        providers: { port: Number(provider.port), certificate: trusted.cert },
        onLog: (line) => output.push(line),
      },
    );
    processes.push(started);
    return started;
  };
  onTestFinished(async () => {
    await Promise.all(processes.map((each) => each.close()));
    await aws.close();
  });

  const value = (name: string): string | null => {
    try {
      return aws.parameters.get(name).version.value;
    } catch {
      return null;
    }
  };
  const put = (name: string, text: string, type: string) =>
    aws.parameters.put({ name, value: text, type, overwrite: true }, Date.now()).version;

  return {
    connection,
    endpoint: gateway.origin,
    putConfig: () => put('/token-refresher/config/uqudo', JSON.stringify(connection), 'String'),
    output,
    start,
    setSecret,
    token: () => value(connection.tokenParameter),
    status: (): Status | null => parseStatus(value(connection.statusParameter) ?? ''),
    statusText: () => value(connection.statusParameter) ?? '',
    setToken: (token: string): number => put(connection.tokenParameter, token, 'SecureString'),
    setStatus: (status: Status): number => put(connection.statusParameter, serializeStatus(status), 'String'),
  };
};

const outgoing = async (request: IncomingMessage, name: string): Promise<Outgoing> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return { name, body: Buffer.concat(chunks).toString(), headers: request.headers };
};

const send = (response: ServerResponse, status: number, body: string): void => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
};
