import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../../infra/local/aws/server.ts';
import { against } from '../against.ts';
import { freePort, type RunningServer, run, startServer, temporaryDirectory } from '../child.ts';
import { installPython, pinned } from '../install.ts';
import { type Clients, clientsFor, PLACE } from './clients.ts';
import { MOTO_DIFFERENCES } from './differences.ts';
import { SECRETS_CASES } from './secrets-cases.ts';
import { SSM_CASES } from './ssm-cases.ts';

const installed = await installPython('moto');
against(`moto ${pinned('moto', 'moto')} and boto3 ${pinned('moto', 'boto3')}`, installed);

const CASES = [...SSM_CASES, ...SECRETS_CASES];
const directory = temporaryDirectory('conformance');
let endpoint: AwsEndpoint;
let moto: RunningServer | undefined;
let theirs: Clients;

beforeAll(async () => {
  endpoint = await startAwsEndpoint({ place: PLACE });
  if ('missing' in installed) return;
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  moto = await startServer(
    join(installed.directory, 'bin', 'moto_server'),
    ['-H', '127.0.0.1', '-p', String(port)],
    {
      cwd: directory.path,
      env: { HOME: directory.path },
      ready: async () => (await fetch(`${url}/moto-api/`)).ok,
    },
  );
  theirs = clientsFor(url);
});
afterAll(async () => {
  await moto?.stop();
  await endpoint.close();
  directory.remove();
});

it.each(CASES)(
  '$name: in moto as in AWS, or for a reason on the list',
  async ({ name, run: outcomeFrom, aws }) => {
    const difference = MOTO_DIFFERENCES[name];
    expect(await outcomeFrom(theirs)).toEqual(difference === undefined ? aws : difference.moto);
  },
);

it('answers boto3 as it answers the JS SDK', async () => {
  if ('missing' in installed) throw new Error('unreachable: the test is skipped');
  const program = join(import.meta.dirname, 'second_client.py');
  const python = join(installed.directory, 'bin', 'python');
  const written = await run(python, [program, endpoint.url, PLACE.region], { env: { HOME: directory.path } });
  expect(JSON.parse(written)).toEqual({
    put: [1, 'Standard', 200],
    'create twice': 'ParameterAlreadyExists',
    get: ['open sesame', 'SecureString', true],
    'get none': 'ParameterNotFound',
    'get no version': 'ParameterVersionNotFound',
    pages: [10, 10, 4],
    described: [10, 10, 3],
    delete: ['/boto3/token'],
    'no value': 'ResourceNotFoundException',
    stages: [
      ['two', ['AWSCURRENT']],
      ['one', ['AWSPREVIOUS']],
    ],
    binary: 'boto3/binary',
    bytes: [0, 255],
    deleted: 'InvalidRequestException',
  });
});
