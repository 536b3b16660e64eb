/** Durations that shrink with the speed, in a function's `CONNECTION` and in config parameters. */
const DURATIONS = ['lifetimeSeconds', 'renewBeforeSeconds', 'tickSeconds', 'safeCacheSeconds'];

/**
 * Divides the durations in a JSON object by `speed`, as the simulated providers and the schedules divide theirs:
 * everything shrinks alike and stays on the wall clock. Anything that is no such object is left as it is.
 */
export const faster = (json: string, speed: number): string => {
  let found: unknown;
  try {
    found = JSON.parse(json);
  } catch {
    return json;
  }
  if (speed === 1 || typeof found !== 'object' || found === null || Array.isArray(found)) return json;
  return JSON.stringify(
    Object.fromEntries(
      Object.entries(found).map(([name, value]) => [
        name,
        DURATIONS.includes(name) && typeof value === 'number' ? value / speed : value,
      ]),
    ),
  );
};
