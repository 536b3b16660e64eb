/**
 * Mutation testing of the pure core: `npm run mutation`. What survives is killed by a test or justified in
 * docs/mutation.md.
 */
export default {
  mutate: [
    'functions/oauth/{client-authentication,code-refusal,jwt,provider-text,retry-after,scrub,token-request,token-response}.ts',
    'functions/policy/*.ts',
    'functions/status.ts',
  ],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation.config.ts' },
  // TypeScript 7 has no API that Stryker could rewrite the configuration with; Node strips the types.
  tsconfigFile: 'none',
  checkers: [],
  ignorePatterns: ['cdk.out', 'dist', 'docs', 'infra'],
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  concurrency: 2,
  thresholds: { high: 98, low: 95, break: 95 },
};
