import { describe, expect, it } from 'vitest';
import { credentialsAge } from '../../infra/ops/credentials-check.ts';
import { isSettled } from '../../infra/ops/credentials-set.ts';
import { AWAITING_LOGIN, at, BLOCKED, FRESH, NOW } from './fixtures.ts';

const made = (version: string, stage: string, seconds: number) => ({
  version,
  stages: [stage],
  createdAt: new Date(at(seconds)),
});
const age = (
  status: Parameters<typeof credentialsAge>[1],
  ...versions: NonNullable<Parameters<typeof credentialsAge>[2]>[number][]
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

  it('is that a refresh fell back to the ones before, whatever was said since', () => {
    const versions = [made('v1', 'AWSPREVIOUS', -9000), made('v2', 'AWSCURRENT', -400)];
    const fallenBack = { ...FRESH, rejected: { secretVersion: 'v2', at: at(-300) }, reason: 'resumed' };
    expect(age(fallenBack, ...versions).use).toBe('rejected');
    // A third version has come since: of that one nothing is known.
    expect(age(fallenBack, made('v2', 'AWSPREVIOUS', -400), made('v3', 'AWSCURRENT', -1)).use).toBe(
      'not used yet',
    );
  });

  it('is nothing of those that wait for a login, as a refused code leaves no trace in a status', () => {
    const login = { connection: 'uae-pass', exchangeFunctionName: 'exchange' };
    const versions = [made('v2', 'AWSCURRENT', -10)];
    expect(credentialsAge(login, AWAITING_LOGIN, versions, NOW).use).toBe('not known');
    expect(credentialsAge(login, { ...FRESH, secretVersion: 'v2' }, versions, NOW).use).toBe('used');
    expect(credentialsAge(login, AWAITING_LOGIN, [], NOW).use).toBe('empty');
  });

  it('is that no refresh has used them yet', () => {
    expect(age(FRESH, made('v2', 'AWSCURRENT', -10)).use).toBe('not used yet');
    expect(age(null, made('v2', 'AWSCURRENT', -10)).use).toBe('not used yet');
  });

  it('is that the secret is empty, without or with a value that says so', () => {
    expect(age(null)).toMatchObject({ use: 'empty', version: null, ageSeconds: null });
    for (const code of ['credentials_empty', 'credentials_missing'] as const) {
      const error = { code, status: null, message: 'empty' };
      const status = { ...BLOCKED, failures: { ...BLOCKED.failures, error } };
      expect(age(status, made('v1', 'AWSCURRENT', -10)).use).toBe('empty');
    }
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
    const rejected = { secretVersion: 'v2', at: at(-60) };
    expect(isSettled({ ...FRESH, rejected }, 'v2')).toBe(true);
    expect(isSettled({ ...FRESH, rejected }, 'v3')).toBe(false);
  });
});
