import { describe, expect, it } from 'vitest';
import { credentialsAge } from '../../infra/ops/credentials-check.ts';
import { isSettled } from '../../infra/ops/credentials-set.ts';
import { at, BLOCKED, FRESH, NOW } from './fixtures.ts';

const made = (version: string, stage: string, seconds: number) => ({
  version,
  stages: [stage],
  createdAt: new Date(at(seconds)),
});
const age = (
  status: Parameters<typeof credentialsAge>[1],
  ...versions: Parameters<typeof credentialsAge>[2][number][]
) => credentialsAge({ connection: 'uqudo' }, status, versions, NOW);

describe('what is known of credentials', () => {
  it('is version and age, and that a refresh has used them', () => {
    expect(age(FRESH, made('v0', 'AWSPREVIOUS', -9000), made('v1', 'AWSCURRENT', -3600))).toEqual({
      connection: 'uqudo',
      use: 'used',
      version: 'v1',
      ageSeconds: 3600,
      previous: 'v0',
    });
  });

  it('is that they are rejected', () => {
    expect(age(BLOCKED, made('v1', 'AWSCURRENT', -3600)).use).toBe('rejected');
  });

  it('is that a refresh after them fell back to the ones before', () => {
    const reason = 'refreshed; AWSCURRENT was rejected, AWSPREVIOUS worked';
    const fallenBack = { ...FRESH, reason };
    const versions = [made('v1', 'AWSPREVIOUS', -9000), made('v2', 'AWSCURRENT', -400)];
    expect(age(fallenBack, ...versions).use).toBe('rejected');
    // A third version has come since: of that one nothing is known.
    expect(age(fallenBack, made('v2', 'AWSPREVIOUS', -400), made('v3', 'AWSCURRENT', -1)).use).toBe(
      'not used yet',
    );
  });

  it('is that no refresh has used them yet', () => {
    expect(age(FRESH, made('v2', 'AWSCURRENT', -10)).use).toBe('not used yet');
    expect(age(null, made('v2', 'AWSCURRENT', -10)).use).toBe('not used yet');
  });

  it('is that the secret is empty, without or with a value that says so', () => {
    expect(age(null)).toMatchObject({ use: 'empty', version: null, ageSeconds: null });
    const empty = { code: 'credentials_empty', status: null, message: 'empty' } as const;
    const status = { ...BLOCKED, failures: { ...BLOCKED.failures, error: empty } };
    expect(age(status, made('v1', 'AWSCURRENT', -10)).use).toBe('empty');
  });
});

describe('a status after new credentials', () => {
  it('tells what they are worth once it names their version, whatever came of it', () => {
    expect(isSettled({ ...BLOCKED, secretVersion: 'v2' }, 'v2')).toBe(true);
    expect(isSettled({ ...FRESH, secretVersion: 'v2' }, 'v2')).toBe(true);
  });

  it('tells nothing while a refresh still saw the version before', () => {
    expect(isSettled(FRESH, 'v2')).toBe(false);
  });

  it('tells enough when the provider took the version before only: another login would fail again', () => {
    const reason = 'refreshed; AWSCURRENT was rejected, AWSPREVIOUS worked';
    expect(isSettled({ ...FRESH, reason }, 'v2')).toBe(true);
  });
});
