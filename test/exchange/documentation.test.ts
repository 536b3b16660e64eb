import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EXCHANGE_OUTCOMES } from '../../functions/exchange-event.ts';
import { CODE_REFUSALS } from '../../functions/oauth/code-refusal.ts';
import { providers } from '../../functions/providers/index.ts';
import { startAwsEndpoint } from '../../infra/local/aws/server.ts';

const ROOT = join(import.meta.dirname, '../..');
const page = readFileSync(join(ROOT, 'docs/uae-pass.md'), 'utf8');
const snippet = /<!-- call -->\n```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? '';

afterEach(() => vi.unstubAllEnvs());

/** The documented call, as a module that finds this project's packages. */
const withSnippet = async <T>(
  use: (module: Record<string, (event: object) => Promise<unknown>>) => Promise<T>,
) => {
  const cache = join(ROOT, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const directory = mkdtempSync(join(cache, 'uae-pass-'));
  try {
    writeFileSync(join(directory, 'hand-in.ts'), snippet);
    return await use(await import(join(directory, 'hand-in.ts')));
  } finally {
    rmSync(directory, { recursive: true });
  }
};

describe('docs/uae-pass.md', () => {
  it('shows a call that works as it stands, and is made once even where the function cannot be reached', async () => {
    const events: string[] = [];
    const endpoint = await startAwsEndpoint({
      place: { region: 'eu-west-1', account: '000000000000' },
      invoke: async (name, payload) => {
        events.push(`${name} ${payload}`);
        if (events.length > 1) throw new Error('the connection breaks');
        return { payload: '{"outcome":"exchanged"}', functionError: null };
      },
    });
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint.url);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIATEST');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'unused');
    await withSnippet(async ({ handIn }) => {
      const event = { code: 'a-code', redirectUri: 'https://www.example.com/uae-pass/callback' };
      expect(await handIn?.(event)).toEqual({ outcome: 'exchanged' });
      expect(events).toEqual([`token-refresher-uae-pass-exchange ${JSON.stringify(event)}`]);
      await expect(handIn?.(event)).rejects.toThrow();
      expect(events).toHaveLength(2);
    });
    await endpoint.close();
  });

  it('explains every outcome, the refusals of UAE PASS and every setting', () => {
    const { refusals = {} } = providers['uae-pass'].dialect({ redirectUris: [] });
    const settings = Object.keys(providers['uae-pass'].settings);
    for (const word of [...EXCHANGE_OUTCOMES, ...Object.values(refusals), ...settings]) {
      expect(page).toContain(`\`${word}\``);
    }
    expect(Object.keys(CODE_REFUSALS)).toEqual(expect.arrayContaining(Object.values(refusals)));
  });
});
