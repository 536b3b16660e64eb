/** The parts of `npm run e2e`, by name; those that are `full` run with `--full` only. */
export const PARTS = {
  deployment: { file: 'test/e2e/deployment/deployment.e2e.ts', full: false },
  conformance: { file: 'test/e2e/conformance/conformance.e2e.ts', full: false },
  runtime: { file: 'test/e2e/runtime/runtime.e2e.ts', full: false },
  servers: { file: 'test/e2e/servers/servers.e2e.ts', full: true },
} as const;
