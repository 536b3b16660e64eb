import { describe, expect, it } from 'vitest';
import { dialect } from '../../functions/providers/index.ts';
import { chooseStage, type Stage, stages } from '../../infra/stages.ts';
import { errorsOf } from './synthesize.ts';

describe('stages', () => {
  it('are chosen by name, the first one by default', () => {
    expect(chooseStage().name).toBe('dev');
    expect(chooseStage('production').stage).toBe(stages.production);
  });

  it('are named in the error about one that does not exist', () => {
    expect(() => chooseStage('prod')).toThrow(
      'there is no stage "prod": infra/stages.ts has dev and production',
    );
  });

  it.each(Object.entries<Stage>(stages))('%s is free of faults', (_, stage) => {
    expect(errorsOf(stage)).toEqual([]);
  });

  it.each(Object.entries<Stage>(stages))(
    '%s holds a connection of each of the five providers',
    (_, { connections }) => {
      const providers = Object.values(connections).map(({ provider }) => provider);
      expect(providers).toEqual(
        expect.arrayContaining(['uqudo', 'uae-pass', 'screening-eagle', 'alternative-payments', 'igni']),
      );
    },
  );

  it('serve several connections of one provider with hosts of their own', () => {
    const endpoint = (name: 'igni-acme' | 'igni-globex') => {
      const { provider, workspace } = stages.dev.connections[name];
      return dialect(provider, { workspace }).tokenEndpoint;
    };
    expect(new Set([endpoint('igni-acme'), endpoint('igni-globex')]).size).toBe(2);
  });
});
