import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import prettyMilliseconds from 'pretty-ms';
import { describe, expect, it } from 'vitest';
import { tokenRequest } from '../functions/oauth/token-request.ts';
import { timing } from '../functions/policy/timing.ts';
import { dialect, providers } from '../functions/providers/index.ts';
import { dialectOf } from '../functions/providers/provider.ts';
import manifest from '../package.json' with { type: 'json' };
import { settingsOf } from './providers/contracts.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const between = (mark: string) => readme.split(`<!-- ${mark} -->`)[1]?.split(`<!-- /${mark} -->`)[0] ?? '';

const duration = (seconds: number) =>
  prettyMilliseconds(seconds * 1000, { verbose: false })
    .replace(/(\d)m\b/g, '$1 min')
    .replace(/(\d)([dh])\b/g, '$1 $2');

describe('the README', () => {
  it.each(Object.entries(providers).filter(([id]) => id !== 'oauth2'))(
    'lists %s with its settings and timing',
    (id, provider) => {
      const settings = Object.entries<{ required: boolean }>(provider.settings)
        .map(([name, { required }]) => `\`${name}${required ? '' : '?'}\``)
        .join(', ');
      const { lifetimeSeconds, renewBeforeSeconds, tickSeconds, safeCacheSeconds } = timing(
        dialect(id, settingsOf(id)).lifetimeSeconds,
      );
      const times = [lifetimeSeconds, renewBeforeSeconds, tickSeconds, safeCacheSeconds].map(duration);
      expect(between('providers')).toContain(`| \`${id}\` | ${settings} | ${times.join(' | ')} |`);
    },
  );

  it('shows a sixth provider that works as it stands', async () => {
    const functions = new URL('../functions/', import.meta.url).href;
    const code = (/```ts\n([\s\S]*?)```/.exec(between('sixth'))?.[1] ?? '')
      .replaceAll("'../", `'${functions}`)
      .replaceAll("'./", `'${functions}providers/`);
    const directory = mkdtempSync(join(tmpdir(), 'sixth-'));
    try {
      writeFileSync(join(directory, 'example.ts'), code);
      const { example } = await import(join(directory, 'example.ts'));
      const request = await tokenRequest(dialectOf('example', example, { tenant: 'acme' }), {
        client_id: 'a',
        client_secret: 'b',
      });
      expect(request.url.href).toBe('https://acme.auth.example.com/token');
      expect(request.body.toString()).toBe('grant_type=client_credentials&scope=doors%3Aopen');
      expect(() => dialectOf('example', example, {})).toThrow(
        'example: tenant is missing: it must be one DNS label',
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('names the oldest Node that the package asks for, which runs TypeScript without a flag', () => {
    expect(manifest.engines.node).toBe('>=22.18');
    expect(readme).toContain(`It takes Node ${manifest.engines.node.slice(2)} or later`);
  });

  it('lists every setting of the generic provider', () => {
    for (const [name, { required }] of Object.entries<{ required: boolean }>(providers.oauth2.settings)) {
      expect(between('providers')).toContain(`\`${name}${required ? '' : '?'}\``);
    }
  });
});
