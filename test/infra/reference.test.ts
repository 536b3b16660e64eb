import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { timing } from '../../functions/policy/timing.ts';
import { ALARM_METRICS, monthOf, PAID_CALLS } from '../../infra/reference/cost.ts';
import { documents } from '../../infra/reference/documents.ts';
import { resourcesOf } from '../../infra/reference/template.ts';
import { world } from '../world.ts';
import { synthesize } from './synthesize.ts';

describe('the reference under docs/', () => {
  it.each(Object.entries(documents()))(
    '%s is what the stack says: run "npm run docs" after a change',
    (name, content) => {
      expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8')).toBe(content);
    },
  );
});

describe('the cost', () => {
  it('counts as many ticks, refreshes and paid calls as a simulated day has', async () => {
    const w = world();
    const { lifetimeSeconds, renewBeforeSeconds, tickSeconds } = w.connection;
    const month = monthOf(timing(lifetimeSeconds, renewBeforeSeconds));
    const ticks = (24 * 3600) / tickSeconds;
    for (let tick = 0; tick < ticks; tick += 1) {
      await w.tick();
      w.advance(tickSeconds);
    }
    const { GetSecretValue, token } = w.calls();
    expect(month.ticks).toBe(30 * ticks);
    expect(month.refreshes / 30 / token).toBeCloseTo(1, 1);
    expect(GetSecretValue).toBe(token * PAID_CALLS.GetSecretValue);
  });

  it('counts the metrics that the alarms of a connection have', () => {
    const metrics = (suffix: string): number[] =>
      resourcesOf(synthesize(), 'AWS::CloudWatch::Alarm')
        .filter(([, { Properties }]) => Properties.AlarmName.endsWith(suffix))
        .map(
          ([, { Properties }]) =>
            (Properties.Metrics ?? [{ MetricStat: {} }]).filter((one: object) => 'MetricStat' in one).length,
        );
    expect(metrics('-expiry')).toEqual([ALARM_METRICS.expiry]);
    expect(metrics('-blocked')).toEqual([ALARM_METRICS.attention]);
    // A connection whose token needs a login has cheaper ones.
    expect([...metrics('-unwatched'), ...metrics('-reauthorization-required')]).toEqual([1, 1]);
  });
});
