/** What the runtime costs by itself. */
export const handler = async () => null;
