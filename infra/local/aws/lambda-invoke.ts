import { AwsError } from './aws-error.ts';
import type { Place } from './parameter-rules.ts';

/** What an invocation ended with. `functionError` is null where the handler returned. */
export interface InvocationResult {
  readonly payload: string;
  readonly functionError: 'Unhandled' | null;
}

/** Runs a function. Answers null where there is none of that name. */
export type Invoke = (functionName: string, payload: string) => Promise<InvocationResult> | null;

export interface LambdaAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PATH = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/;

/** The function a request path invokes, from its name, partial ARN or ARN; null where it is no invocation. */
export const invokedFunction = (path: string): string | null => {
  const id = PATH.exec(path)?.[1];
  if (id === undefined) return null;
  const parts = decodeURIComponent(id).split(':');
  const marker = parts.indexOf('function');
  return (marker === -1 ? parts[0] : parts[marker + 1]) ?? null;
};

/** Lambda's Invoke: RequestResponse, Event and DryRun. @throws AwsError */
export const lambdaInvoke = async (
  invoke: Invoke,
  place: Place,
  { name, type, body }: { name: string; type: string; body: string },
): Promise<LambdaAnswer> => {
  const payload = body === '' ? '{}' : body;
  try {
    JSON.parse(payload);
  } catch {
    throw new AwsError(
      'InvalidRequestContentException',
      'Could not parse request body into json: Could not parse payload into json',
    );
  }
  if (!['RequestResponse', 'Event', 'DryRun'].includes(type)) {
    throw new AwsError('InvalidParameterValueException', `${type} is not an invocation type`);
  }
  if (type === 'DryRun') return { status: 204, headers: {}, body: '' };
  const running = invoke(name, payload);
  if (running === null) {
    throw new AwsError(
      'ResourceNotFoundException',
      `Function not found: arn:aws:lambda:${place.region}:${place.account}:function:${name}`,
      404,
    );
  }
  if (type === 'Event') {
    running.catch(() => undefined);
    return { status: 202, headers: {}, body: '' };
  }
  const { payload: answer, functionError } = await running;
  return {
    status: 200,
    headers: {
      'content-type': 'application/json',
      'x-amz-executed-version': '$LATEST',
      ...(functionError === null ? {} : { 'x-amz-function-error': functionError }),
    },
    body: answer,
  };
};
