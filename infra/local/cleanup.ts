/** Undoes one thing that was started. */
export type Cleanup = () => unknown;

/** The last thing that was started goes first. */
export const cleanUp = async (cleanups: Cleanup[]): Promise<void> => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
};
