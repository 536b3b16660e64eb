import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runSchedules } from '../../infra/local/schedules.ts';
import { faster } from '../../infra/local/speed.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const schedule = (name: string, everySeconds: number) => ({
  name,
  functionName: name,
  everySeconds,
  input: '{}',
});

describe('schedules', () => {
  it('tick at once and then at their rate, divided by the speed', async () => {
    const ticks: string[] = [];
    const stop = runSchedules([schedule('a', 60), schedule('b', 120)], 60, async ({ name }) => {
      ticks.push(name);
    });
    expect(ticks).toEqual(['a', 'b']);
    await vi.advanceTimersByTimeAsync(2000);
    expect(ticks.filter((name) => name === 'a')).toHaveLength(3);
    expect(ticks.filter((name) => name === 'b')).toHaveLength(2);
    await stop();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(ticks).toHaveLength(5);
  });

  it('leave out a tick that would overlap the one before', async () => {
    const ends: (() => void)[] = [];
    const stop = runSchedules(
      [schedule('a', 1)],
      1,
      () => new Promise<void>((resolve) => ends.push(resolve)),
    );
    await vi.advanceTimersByTimeAsync(5000);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    await vi.advanceTimersByTimeAsync(1000);
    expect(ends).toHaveLength(2);
    ends[1]?.();
    await stop();
  });

  it('stop when the last tick has ended', async () => {
    let end = () => {};
    const stop = runSchedules(
      [schedule('a', 1)],
      1,
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    let stopped = false;
    const stopping = stop().then(() => {
      stopped = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(stopped).toBe(false);
    end();
    await stopping;
  });
});

describe('the speed', () => {
  it('divides the durations of a connection and leaves the rest', () => {
    const connection = {
      connection: 'a',
      lifetimeSeconds: 1800,
      tickSeconds: 60,
      settings: { lifetimeSeconds: 5 },
    };
    expect(JSON.parse(faster(JSON.stringify(connection), 120))).toEqual({
      connection: 'a',
      lifetimeSeconds: 15,
      tickSeconds: 0.5,
      settings: { lifetimeSeconds: 5 },
    });
  });

  it.each(['', 'INFO', '3', '[1]', '{"lifetimeSeconds":"60"}'])('leaves %j as it is', (text) => {
    expect(faster(text, 60)).toBe(text);
  });
});
