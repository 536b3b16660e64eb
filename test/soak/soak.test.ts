import { describe, expect, it } from 'vitest';
import { connections } from './connections.ts';
import { soak } from './simulate.ts';

const DAYS: Record<string, number> = {
  uqudo: 3,
  'uae-pass': 4,
  'alternative-payments': 4,
  'screening-eagle': 150,
};
const daysOf = (connection: string) => DAYS[connection] ?? 40;
const SEEDS = [1, 2];

describe.each(connections().map((connection) => [connection.connection, connection] as const))(
  '%s',
  (name, connection) => {
    it.each(SEEDS)(
      'no reader holds an expired token through outages it is built to survive (seed %i)',
      async (seed) => {
        const soaked = await soak({ connection, days: daysOf(name), seed, longer: false });
        expect(soaked.outages).toBeGreaterThan(3);
        expect(soaked.longestOutageSeconds).toBeGreaterThan(soaked.survivableSeconds / 2);
        expect(soaked).toMatchObject({ expiredSeconds: 0 });
      },
    );

    it.each(SEEDS)('longer outages cost their excess and a tick at most (seed %i)', async (seed) => {
      const soaked = await soak({ connection, days: daysOf(name), seed, longer: true });
      expect(soaked.outages).toBeGreaterThan(2);
      expect(soaked.expiredSeconds).toBeLessThanOrEqual(soaked.excusedSeconds);
    });

    it('costs a provider about two calls a lifetime where nothing is wrong', async () => {
      const quiet = await soak({ connection, days: daysOf(name), seed: 1, longer: false });
      const lifetimes = (daysOf(name) * 86_400) / connection.lifetimeSeconds;
      expect(quiet.tokens).toBeLessThan(lifetimes * 2.5);
    });
  },
);
