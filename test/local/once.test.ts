import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../functions/status.ts';
import { asItShouldBe, forgetState, readState, writeState } from '../../infra/local/once.ts';

describe('a connection after a pass', () => {
  const uqudo = { provider: 'uqudo', settings: {} };
  const uaePass = { provider: 'uae-pass', settings: { redirectUris: ['https://www.example.com/callback'] } };

  it.each<[Outcome, boolean]>([
    ['refreshed', true],
    ['fresh', true],
    ['reauthorization-required', false],
    ['failed', false],
    ['blocked', false],
    ['awaiting-credentials', false],
  ])('of client_credentials that is %s: %s', (outcome, good) => {
    expect(asItShouldBe(uqudo, { outcome })).toBe(good);
  });

  it.each<[Outcome, boolean]>([
    ['reauthorization-required', true],
    ['fresh', true],
    ['failed', false],
  ])('of authorization_code that is %s: %s', (outcome, good) => {
    expect(asItShouldBe(uaePass, { outcome })).toBe(good);
  });
});

describe('the state between passes', () => {
  let directory = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'token-refresher-test-'));
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is kept for the owner only, until it is forgotten', () => {
    const file = join(directory, 'folder', 'dev.json');
    expect(readState(file)).toBeUndefined();
    writeState(file, { parameters: [], secrets: [] });
    expect(readState(file)).toEqual({ parameters: [], secrets: [] });
    expect(statSync(file).mode & 0o077).toBe(0);
    forgetState(file);
    forgetState(file);
    expect(readState(file)).toBeUndefined();
  });

  it.each(['', '{', '[]', '{"parameters":1}'])('that is damaged (%j) is none', (text) => {
    const file = join(directory, 'damaged.json');
    writeFileSync(file, text);
    expect(readState(file)).toBeUndefined();
  });
});
