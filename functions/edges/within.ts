/**
 * What a call answers, or why its signal has ended as soon as it has: between two attempts the SDK waits without looking
 * at it, for seconds where it is throttled.
 */
export const within = <T>(signal: AbortSignal | undefined, call: Promise<T>): Promise<T> => {
  if (signal === undefined) return call;
  const settled = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { signal: settled.signal });
  });
  return Promise.race([call, ended]).finally(() => settled.abort());
};
