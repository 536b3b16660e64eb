import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsEndpoint, startAwsEndpoint } from '../../../infra/local/aws/server.ts';
import { type Clients, clientsFor, PLACE } from '../../e2e/conformance/clients.ts';
import { MOTO_DIFFERENCES } from '../../e2e/conformance/differences.ts';
import { SECRETS_CASES } from '../../e2e/conformance/secrets-cases.ts';
import { SSM_CASES } from '../../e2e/conformance/ssm-cases.ts';

const CASES = [...SSM_CASES, ...SECRETS_CASES];
let endpoint: AwsEndpoint;
let clients: Clients;

beforeAll(async () => {
  endpoint = await startAwsEndpoint({ place: PLACE });
  clients = clientsFor(endpoint.url);
});
afterAll(async () => {
  for (const client of [clients.ssm, clients.secrets]) client.destroy();
  await endpoint.close();
});

describe('the embedded endpoint does what AWS documents', () => {
  it.each(CASES)('$name', async ({ run, aws }) => {
    expect(await run(clients)).toEqual(aws);
  });
});

it('the list of differences holds only cases there are, and only those where there is one', () => {
  const names = CASES.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const [name, { moto: instead }] of Object.entries(MOTO_DIFFERENCES)) {
    expect(names).toContain(name);
    expect(instead).not.toEqual(CASES.find((one) => one.name === name)?.aws);
  }
});
