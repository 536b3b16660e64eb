import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { timing } from '../../functions/policy/timing.ts';
import { dialect } from '../../functions/providers/index.ts';
import { snippets } from './documentation.ts';
import { listen } from './http-server.ts';
import { startSsm } from './ssm-endpoint.ts';

const UQUDO = timing(dialect('uqudo', {}).lifetimeSeconds).safeCacheSeconds;

/** For Python on a busy machine, in milliseconds. */
const STARTS_SLOWLY = 120_000;

/** Whether a program the page writes for is on this machine; says so loudly where it is not. */
const has = (what: string, command: string, ...args: string[]): boolean => {
  const found = spawnSync(command, args).status === 0;
  if (!found)
    process.stderr.write(`\nSKIPPED: no ${what} on this machine, so its snippets are not executed\n`);
  return found;
};

let directory: string;
let endpoint: Awaited<ReturnType<typeof startSsm>>;

const run = async (command: string, ...args: string[]): Promise<string[]> => {
  const { stdout } = await promisify(execFile)(command, args, {
    cwd: directory,
    env: { ...process.env, ...endpoint.environment, AWS_PAGER: '' },
  });
  return stdout.trim().split('\n');
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'reader-documentation-'));
  for (const [name, code] of snippets) writeFileSync(join(directory, name), code);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));
beforeEach(async () => {
  endpoint = await startSsm();
  endpoint.write('uqudo', 'token-1');
});
afterEach(() => endpoint.close());

test.runIf(has('Python with boto3', 'python3', '-c', 'import boto3'))(
  'read_token.py keeps a token for the safe cache time and then reads the newer one',
  async () => {
    const program = `
import time
from read_token import ssm, uqudo_token
start = time.time()
print(uqudo_token())
ssm.put_parameter(Name="/token-refresher/tokens/uqudo", Value="token-2", Type="SecureString", Overwrite=True)
time.time = lambda: start + ${UQUDO - 1}
print(uqudo_token())
time.time = lambda: start + ${UQUDO + 1}
print(uqudo_token())
`;
    expect(await run('python3', '-c', program)).toEqual(['token-1', 'token-1', 'token-2']);
  },
  STARTS_SLOWLY,
);

describe.runIf(has('AWS CLI', 'aws', '--version'))('the AWS CLI', () => {
  test(
    'prints the token and nothing else',
    async () => {
      expect(await run('sh', 'read-once.sh')).toEqual(['token-1']);
    },
    STARTS_SLOWLY,
  );

  test.runIf(has('curl', 'curl', '--version'))(
    'read-token.sh keeps a token for the safe cache time and then reads the newer one',
    async () => {
      const api = await listen((_, response) => {
        // From the first call on there is a newer token.
        endpoint.write('uqudo', 'token-2');
        response.end();
      });
      const script = `
date() { echo "$clock"; }
. ./read-token.sh
clock=1000
call_api ${api.origin}
clock=${1000 + UQUDO - 1}
call_api ${api.origin}
clock=${1000 + UQUDO}
call_api ${api.origin}
`;
      await run('sh', '-c', script);
      expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer token-1',
        'Bearer token-1',
        'Bearer token-2',
      ]);
      await api.close();
    },
    STARTS_SLOWLY,
  );
});
