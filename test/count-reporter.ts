import type { Reporter, TestModule } from 'vitest/node';

export interface Count {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Errors outside any test, such as a file that does not load or a hook that throws, count as failed. */
export const countOf = (modules: readonly TestModule[], unhandledErrors: readonly unknown[] = []): Count => {
  const count = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 };
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    for (const state of states) count[state] += 1;
    if (module.state() === 'failed' && !states.includes('failed')) count.failed += 1;
  }
  return { passed: count.passed, failed: count.failed, skipped: count.skipped + count.pending };
};

/** Prints `N passed, N failed`, alone and last. */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const { passed, failed, skipped } = countOf(modules, unhandledErrors);
    process.once('exit', () => {
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    });
  }
}
