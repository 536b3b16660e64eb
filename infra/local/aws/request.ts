import type { IncomingMessage } from 'node:http';
import { AwsError } from './aws-error.ts';
import type { Json } from './input.ts';
import { invokedFunction } from './lambda-invoke.ts';

const BODY_BYTES = 8 * 1024 * 1024;
const TARGETS = { AmazonSSM: 'ssm', secretsmanager: 'secretsmanager', AWSEvents: 'events' } as const;

/** One API call. Holds names, never a value. */
export interface AwsCall {
  readonly service: 'ssm' | 'secretsmanager' | 'events' | 'lambda';
  readonly operation: string;
  /** Whose call it is: what `caller` made of the access key id. */
  readonly caller: string;
  /** Parameter names, secret id, sources of events or function name. */
  readonly resources: readonly string[];
  /** `ok` or the error's code. */
  readonly outcome: string;
}

/** What a request asks for. */
export interface Called {
  readonly service: string;
  readonly operation: string;
  readonly input: Json;
  readonly summary: Pick<AwsCall, 'service' | 'operation' | 'resources'>;
}

export const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > BODY_BYTES)
      throw new AwsError('RequestEntityTooLargeException', 'The request is too large', 413);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** Signatures are not checked, but an unsigned call is refused as AWS refuses it. */
export const accessKeyIdOf = ({ headers }: IncomingMessage): string => {
  const id = /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
  if (id === undefined)
    throw new AwsError('MissingAuthenticationTokenException', 'Missing Authentication Token');
  return id;
};

/** @throws AwsError where it is no API call this endpoint knows */
export const calledBy = (request: IncomingMessage, body: string): Called => {
  const name = invokedFunction(request.url ?? '');
  if (name !== null) {
    const summary = { service: 'lambda', operation: 'Invoke', resources: [name] } as const;
    return { service: 'lambda', operation: name, input: {}, summary };
  }
  const [target = '', operation = ''] = String(request.headers['x-amz-target'] ?? '').split('.');
  const service = TARGETS[target as keyof typeof TARGETS];
  if (request.method !== 'POST' || service === undefined) {
    throw new AwsError(
      'UnknownOperationException',
      'The sandbox knows SSM, Secrets Manager, PutEvents and Lambda Invoke.',
    );
  }
  const input = parsed(body);
  return { service, operation, input, summary: { service, operation, resources: resourcesIn(input) } };
};

const parsed = (body: string): Json => {
  try {
    const found: unknown = JSON.parse(body === '' ? '{}' : body);
    if (typeof found === 'object' && found !== null && !Array.isArray(found)) return found as Json;
  } catch {}
  throw new AwsError('SerializationException', 'The request body is not a JSON object');
};

const resourcesIn = (input: Json): string[] =>
  [input['Name'] ?? input['SecretId'] ?? input['Path'] ?? input['Names'] ?? sourcesIn(input)]
    .flat()
    .filter((name) => typeof name === 'string');

const sourcesIn = ({ Entries = [] }: Json): unknown[] =>
  Array.isArray(Entries) ? Entries.map((entry: Json | null) => entry?.['Source']) : [];
