import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMBINATION_CLIENTS } from '../../oauth/combinations.ts';
import { freePort, run, startServer } from '../child.ts';
import { type Installed, install } from '../install.ts';
import type { IndependentServer } from './servers.ts';

export const KEYCLOAK_VERSION = '26.4.2';
const SHA256 = '2a30e4602d63d4501a4a8263bfa4e14cbd5970b4116c618ea28f339b16190233';

export const installKeycloak = (): Promise<Installed> =>
  install('keycloak', KEYCLOAK_VERSION + SHA256, async (directory) => {
    await run('java', ['-version']);
    const artifact = `org.keycloak:keycloak-quarkus-dist:${KEYCLOAK_VERSION}:zip`;
    await run(
      'mvn',
      ['-B', '-q', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${directory}`],
      {
        cwd: directory,
      },
    );
    const archive = join(directory, `keycloak-quarkus-dist-${KEYCLOAK_VERSION}.zip`);
    const found = createHash('sha256').update(readFileSync(archive)).digest('hex');
    if (found !== SHA256) throw new Error(`keycloak's archive is another than the one tried: ${found}`);
    await run('python3', ['-m', 'zipfile', '-e', archive, directory]);
    rmSync(archive);
  });

/** Keycloak with one realm that has the clients, everything in memory. */
export const startKeycloak = async (installation: string): Promise<IndependentServer> => {
  const home = join(installation, `keycloak-${KEYCLOAK_VERSION}`);
  const realm = {
    realm: 'proof',
    enabled: true,
    sslRequired: 'none',
    clients: COMBINATION_CLIENTS.map(({ client_id, client_secret }) => ({
      clientId: client_id,
      secret: client_secret,
      serviceAccountsEnabled: true,
      standardFlowEnabled: false,
      publicClient: false,
    })),
  };
  mkdirSync(join(home, 'data', 'import'), { recursive: true });
  writeFileSync(join(home, 'data', 'import', 'proof-realm.json'), JSON.stringify(realm));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}/realms/proof`;
  const server = await startServer(
    'bash',
    [
      join(home, 'bin', 'kc.sh'),
      ...['start-dev', '--import-realm', '--db=dev-mem', '--http-host=127.0.0.1', `--http-port=${port}`],
    ],
    {
      cwd: home,
      timeoutMs: 300_000,
      ready: async () => (await fetch(`${issuer}/.well-known/openid-configuration`)).ok,
    },
  );
  return { tokenEndpoint: `${issuer}/protocol/openid-connect/token`, stop: server.stop };
};
