import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { askForToken } from '../../oauth/ask-for-token.ts';
import {
  COMBINATION_CLIENTS,
  REFUSALS,
  refusalsOf,
  SENDINGS,
  type Sending,
} from '../../oauth/combinations.ts';
import { temporaryDirectory } from '../child.ts';
import { hydraVersion, installHydra, startHydra } from './hydra.ts';
import { installKeycloak, KEYCLOAK_VERSION, startKeycloak } from './keycloak.ts';
import type { IndependentServer } from './servers.ts';

const directory = temporaryDirectory('servers');
const servers = [
  {
    name: 'Ory Hydra',
    version: hydraVersion(),
    installed: await installHydra(),
    start: (installation: string) => startHydra(installation, directory.path),
  },
  { name: 'Keycloak', version: KEYCLOAK_VERSION, installed: await installKeycloak(), start: startKeycloak },
] as const;
const found = servers.filter(({ installed }) => 'directory' in installed);

afterAll(() => directory.remove());

for (const { name, installed, start } of servers) {
  describe(name, () => {
    let server: IndependentServer | undefined;
    beforeAll(async () => {
      if ('directory' in installed) server = await start(installed.directory);
    });
    beforeEach(({ skip, task }) => {
      if ('missing' in installed) skip(installed.missing);
      task.file.meta.against = found.map((one) => `${one.name} ${one.version}`).join(', ');
    });
    afterAll(() => server?.stop());

    it.each(Object.keys(SENDINGS) as Sending[])(
      'refuses secrets sent by %s where docs/proof.md says',
      async (sending) => {
        expect(await refusalsOf(server?.tokenEndpoint ?? '', sending)).toEqual(REFUSALS[name][sending]);
      },
    );

    it('issues a Bearer token with a lifetime', async () => {
      const [client] = COMBINATION_CLIENTS;
      if (client === undefined) throw new Error('there are no clients');
      const settings = { ...SENDINGS['Basic, rfc6749'], tokenEndpoint: server?.tokenEndpoint ?? '' };
      const token = await askForToken(settings, client);
      expect(token).toMatchObject({ warnings: [] });
      expect(token.token_type.toLowerCase()).toBe('bearer');
      expect(token.expiresAt).toBeGreaterThan(token.issuedAt);
    });

    it('says that a wrong secret is a rejected credential', async () => {
      const [client] = COMBINATION_CLIENTS;
      if (client === undefined) throw new Error('there are no clients');
      const settings = { ...SENDINGS['Basic, rfc6749'], tokenEndpoint: server?.tokenEndpoint ?? '' };
      await expect(askForToken(settings, { ...client, client_secret: 'mistyped' })).rejects.toMatchObject({
        code: 'credentials_rejected',
        status: 401,
      });
    });
  });
}
