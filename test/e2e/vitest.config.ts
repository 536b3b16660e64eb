import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    pool: 'forks',
    // The deployment mostly waits for schedules: the other parts use the time.
    maxWorkers: 2,
    env: { CDK_VALIDATION: 'false', AWS_REGION: 'eu-central-1' },
    include: ['test/e2e/**/*.e2e.ts'],
    reporters: ['./test/e2e/part-reporter.ts'],
    testTimeout: 120_000,
    hookTimeout: 900_000,
    watch: false,
  },
});
