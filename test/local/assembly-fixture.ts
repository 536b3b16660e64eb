import { afterAll, beforeAll } from 'vitest';
import { type Synthesized, synthesize } from '../../infra/local/synthesize.ts';

/** The real app, synthesized once for a test file. */
export const useAssembly = () => {
  const used = {} as { directory: string };
  let synthesized: Synthesized | undefined;
  beforeAll(async () => {
    synthesized = await synthesize();
    used.directory = synthesized.directory;
  });
  afterAll(() => synthesized?.remove());
  return used;
};
