import type { DeployedSchedule } from './assembly.ts';

/**
 * Ticks every schedule at once and then at its rate, divided by `speed`. A tick that would overlap the one before is
 * left out: a slow machine must not be asked for ever more processes. Answers a function that stops them all and
 * settles when the last running tick has ended.
 *
 * @param tick never rejects: what an invocation ends with is its result
 */
export const runSchedules = (
  schedules: readonly DeployedSchedule[],
  speed: number,
  tick: (schedule: DeployedSchedule) => Promise<void>,
): (() => Promise<void>) => {
  const running = new Map<string, Promise<void>>();
  const start = (schedule: DeployedSchedule) => {
    if (running.has(schedule.name)) return;
    const ended = tick(schedule).finally(() => running.delete(schedule.name));
    running.set(schedule.name, ended);
  };
  const timers = schedules.map((schedule) => {
    start(schedule);
    return setInterval(start, (schedule.everySeconds * 1000) / speed, schedule);
  });
  return async () => {
    for (const timer of timers) clearInterval(timer);
    await Promise.allSettled(running.values());
  };
};
