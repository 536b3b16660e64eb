import { describe, expect, it } from 'vitest';
import { packedManifest, packedPage, packedReadme } from '../../infra/packed.ts';

describe('the manifest of the package', () => {
  const manifest = {
    name: 'p',
    engines: { node: '>=22' },
    scripts: { prepare: 'exit 1' },
    dependencies: { used: '1.2.3', bundled: '4.5.6' },
    devDependencies: { tool: '1.0.0' },
    optionalDependencies: { node: '24.0.0' },
  };

  it('asks for what its modules import, in ranges, and for nothing else', () => {
    expect(packedManifest(manifest, new Set(['used', 'node:path', 'tool']))).toEqual({
      name: 'p',
      engines: { node: '>=22' },
      dependencies: { used: '^1.2.3' },
    });
  });
});

describe('a page of the package', () => {
  const packed = (text: string, path = 'docs/deploy.md') =>
    packedPage(text, path, (file) => ['README.md', 'docs/alarms.md', 'docs/images/a.png'].includes(file));

  it.each([
    '[alarms](alarms.md)',
    '[one alarm](alarms.md#one)',
    '[above](#above)',
    '[start](../README.md)',
    '![a picture](images/a.png)',
    '[elsewhere](https://www.example.com/)',
    '```ts\nitems[0](1)\n```',
  ])('keeps %s', (text) => {
    expect(packed(text)).toBe(text);
  });

  it.each([
    ['see [`infra/stages.ts`](../infra/stages.ts).', 'see `infra/stages.ts`.'],
    ['[a](b.md), [c](alarms.md), [d](../e/)', 'a, [c](alarms.md), d'],
    ['[up](../../README.md)', 'up'],
  ])('makes of %s its text', (text, expected) => {
    expect(packed(text)).toBe(expected);
  });
});

describe('the README of the package', () => {
  it('says below its title that it is the package’s, once', () => {
    const text = packedReadme('# p\n\nText.\n\n# q\n\nMore.\n');
    expect(text).toMatch(/^# p\n\n> This is the installed package: [\s\S]+\n\nText\.\n\n# q\n\nMore\.\n$/);
  });
});
