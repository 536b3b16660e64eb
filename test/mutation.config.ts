import { defineConfig } from 'vitest/config';

/** The tests that judge mutants: those of the pure core, and of the handler that puts it together. */
export default defineConfig({
  test: {
    env: { AWS_REGION: 'eu-central-1', POWERTOOLS_DEV: 'false' },
    include: [
      'test/oauth/{client-authentication,code-refusal,jwt,retry-after,scrub,token-request,token-response}.test.ts',
      'test/policy/*.test.ts',
      'test/exchange/{exchange,watch}-handler.test.ts',
      'test/refresh-{handler,credentials,ops}.test.ts',
      'test/status.test.ts',
    ],
  },
});
