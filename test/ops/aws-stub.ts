import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';
import type { Found } from '../../infra/ops/config.ts';
import { FRESH, UQUDO } from './fixtures.ts';

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Instead of the body, as it is. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** AWS on loopback that says what a test wants it to say, and the environment that leads there. */
export const useAwsStub = () => {
  /** What AWS answers, by operation: `ssm.GetParametersByPath`, `lambda.Invoke`, `secretsmanager.PutSecretValue`. */
  const replies = new Map<string, Reply>();
  const asked: { readonly operation: string; readonly body: string }[] = [];
  let server: Server;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const target = String(request.headers['x-amz-target'] ?? '');
        const operation = target === '' ? 'lambda.Invoke' : target.replace(/^AmazonSSM/, 'ssm');
        asked.push({ operation, body });
        const reply = replies.get(operation) ?? { status: 500, body: {} };
        response.writeHead(reply.status, { 'content-type': 'application/x-amz-json-1.1', ...reply.headers });
        response.end(reply.text ?? JSON.stringify(reply.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    asked.length = 0;
    replies.clear();
    replies.set('ssm.GetParametersByPath', configs(UQUDO));
    replies.set('ssm.GetParameters', {
      status: 200,
      body: { Parameters: [{ Name: UQUDO.statusParameter, Value: JSON.stringify(FRESH) }] },
    });
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'eu-central-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent');
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent');
    return () => vi.unstubAllEnvs();
  });

  return { replies, asked };
};

/** One config parameter. */
export const configs = ({ connection, ...config }: Found, value = JSON.stringify(config)): Reply => ({
  status: 200,
  body: { Parameters: [{ Name: `/token-refresher/config/${connection}`, Value: value }] },
});

export const refusal = (type: string, message: string, status = 400): Reply => ({
  status,
  body: { __type: type, message },
  headers: { 'x-amzn-errortype': type },
});

export const denied = (action: string, resource: string): Reply =>
  refusal(
    'AccessDeniedException',
    `User: arn:aws:sts::123456789012:assumed-role/night/shift is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
  );
