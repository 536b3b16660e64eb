import { defineConfig } from 'vitest/config';

if (Number(process.versions.node.split('.')[0]) < 24) {
  throw new Error(
    `these tests need Node 24 and this is ${process.version}: install it, or on Linux run them as \`npm test\` or ` +
      '`npm exec vitest`, which bring it along',
  );
}

export default defineConfig({
  test: {
    pool: 'forks',
    // Most of what is slow waits for processes and sockets: by default a core is left idle.
    maxWorkers: '100%',
    env: { CDK_VALIDATION: 'false', AWS_REGION: 'eu-central-1', POWERTOOLS_DEV: 'false' },
    globalSetup: './test/temporary-directory.ts',
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/count-reporter.ts'],
    testTimeout: 30_000,
  },
});
