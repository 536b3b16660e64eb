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
import { startSsmEndpoint } from './ssm-endpoint.ts';

const UQUDO = timing(dialect('uqudo', {}).lifetimeSeconds).safeCacheSeconds;

/** Whether a program the page writes for is on this machine; says so loudly where it is not. */
const has = (what: string, command: string, ...args: string[]): boolean => {
  const found = spawnSync(command, args).status === 0;
  if (!found)
    process.stderr.write(`\nSKIPPED: no ${what} on this machine, so its snippets are not executed\n`);
  return found;
};

let directory: string;
let endpoint: Awaited<ReturnType<typeof startSsmEndpoint>>;
let reads: number;

/** Every read finds a newer token. */
const everNewer = {
  has: () => true,
  get: (Name: string) => {
    reads += 1;
    return { Name, Type: 'SecureString' as const, Value: `token-${reads}`, Version: reads };
  },
};

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
  reads = 0;
  endpoint = await startSsmEndpoint(everNewer);
});
afterEach(() => endpoint.close());

test.runIf(has('Python with boto3', 'python3', '-c', 'import boto3'))(
  'read_token.py keeps a token for the safe cache time and then reads the newer one',
  async () => {
    const program = `
import time
start = time.time()
from read_token import uqudo_token
for passed in (0, ${UQUDO - 1}, ${UQUDO}):
    time.time = lambda: start + passed
    print(uqudo_token())
`;
    expect(await run('python3', '-c', program)).toEqual(['token-1', 'token-1', 'token-2']);
  },
);

describe.runIf(has('AWS CLI', 'aws', '--version'))('the AWS CLI', () => {
  test('prints the token and nothing else', async () => {
    expect(await run('sh', 'read-once.sh')).toEqual(['token-1']);
  });

  test.runIf(has('curl', 'curl', '--version'))(
    'read-token.sh keeps a token for the safe cache time and then reads the newer one',
    async () => {
      const api = await listen((_, response) => response.end());
      const script = `
date() { echo "$clock"; }
. ./read-token.sh
for clock in 1000 ${1000 + UQUDO - 1} ${1000 + UQUDO}; do call_api ${api.origin}; done
`;
      await run('sh', '-c', script);
      expect(api.requests.map(({ headers }) => headers.authorization)).toEqual([
        'Bearer token-1',
        'Bearer token-1',
        'Bearer token-2',
      ]);
      await api.close();
    },
  );
});
