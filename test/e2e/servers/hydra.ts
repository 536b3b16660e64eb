import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMBINATION_CLIENTS } from '../../oauth/combinations.ts';
import { freePort, run, startServer } from '../child.ts';
import { type Installed, install } from '../install.ts';
import type { IndependentServer } from './servers.ts';

const MODULE = 'github.com/ory/hydra/v2';
const pins = (file: 'go.mod' | 'go.sum') => join(import.meta.dirname, '..', 'requirements', 'hydra', file);

export const hydraVersion = (): string =>
  new RegExp(`${MODULE} v(\\S+)`).exec(readFileSync(pins('go.mod'), 'utf8'))?.[1] ?? 'unknown';

/** Built from its module, every dependency checked by go.sum. Takes a C compiler, for SQLite. */
export const installHydra = (): Promise<Installed> =>
  install('hydra', readFileSync(pins('go.sum'), 'utf8'), async (directory) => {
    for (const file of ['go.mod', 'go.sum'] as const) copyFileSync(pins(file), join(directory, file));
    await run('go', ['build', '-tags', 'sqlite,sqlite_omit_load_extension', '-o', 'hydra', MODULE], {
      cwd: directory,
      env: { CGO_ENABLED: '1', GOTOOLCHAIN: 'local' },
      timeoutMs: 1_500_000,
    });
  });

/** Ory Hydra, everything in memory. */
export const startHydra = async (installation: string, directory: string): Promise<IndependentServer> => {
  const [publicPort, adminPort] = [await freePort(), await freePort()];
  const issuer = `http://127.0.0.1:${publicPort}`;
  const admin = `http://127.0.0.1:${adminPort}`;
  const config = join(directory, 'hydra.json');
  writeFileSync(
    config,
    JSON.stringify({
      serve: {
        public: { host: '127.0.0.1', port: publicPort },
        admin: { host: '127.0.0.1', port: adminPort },
      },
      urls: { self: { issuer }, login: `${issuer}/login`, consent: `${issuer}/consent` },
      secrets: { system: ['only-for-this-run-of-the-proof'] },
    }),
  );
  const server = await startServer(
    join(installation, 'hydra'),
    ['serve', 'all', '--dev', '--sqa-opt-out', '-c', config],
    {
      cwd: directory,
      env: { DSN: 'memory', HOME: directory },
      ready: async () => (await fetch(`${admin}/health/ready`)).ok,
    },
  );
  for (const client of COMBINATION_CLIENTS) {
    const { status } = await fetch(`${admin}/admin/clients`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...client, grant_types: ['client_credentials'] }),
    });
    if (status !== 201) throw new Error(`hydra refuses ${client.client_id} with ${status}`);
  }
  return { tokenEndpoint: `${issuer}/oauth2/token`, stop: server.stop };
};
