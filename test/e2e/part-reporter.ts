import { basename } from 'node:path';
import type { UserConsoleLog } from 'vitest';
import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';
import { type Count, countOf } from '../count-reporter.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** What a part is tried against, nothing of it written here: names with versions. */
    against?: string;
  }
}

const nameOf = ({ moduleId }: TestModule) => basename(moduleId, '.e2e.ts');
const said = ({ passed, failed, skipped }: Count) => `${passed} passed, ${failed} failed, ${skipped} skipped`;
const secondsSince = (start: number | undefined) => Math.round((Date.now() - (start ?? Date.now())) / 1000);

/** Prints every sentence as it is settled, then a line per part and, last and alone, the counts. */
export default class PartReporter implements Reporter {
  #vitest: Vitest | undefined;
  readonly #started = new Map<string, number>();
  /** Says of a test that takes long that it has begun. */
  readonly #running = new Map<string, NodeJS.Timeout>();
  readonly #seconds = new Map<string, number>();

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestModuleQueued({ id }: TestModule): void {
    this.#started.set(id, Date.now());
  }

  onTestCaseReady(test: TestCase): void {
    const slow = () => console.log(`${nameOf(test.module)}: … ${test.fullName}`);
    this.#running.set(test.id, setTimeout(slow, 5000));
  }

  onUserConsoleLog({ content }: UserConsoleLog): void {
    process.stdout.write(content);
  }

  onTestCaseResult(test: TestCase): void {
    clearTimeout(this.#running.get(test.id));
    const result = test.result();
    const mark = { passed: '✓', failed: '✗', skipped: 'SKIPPED', pending: '?' }[result.state];
    const note = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
    const seconds = Math.round((test.diagnostic()?.duration ?? 0) / 1000);
    console.log(`${nameOf(test.module)}: ${mark} ${test.fullName} (${seconds} s)${note}`);
    if (result.state === 'failed') this.#print(result.errors);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#seconds.set(module.id, secondsSince(this.#started.get(module.id)));
    this.#print(module.errors());
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#print(unhandledErrors);
    console.log('');
    for (const module of modules) {
      const against = module.meta().against ?? 'nothing: it could not be installed';
      console.log(
        `${nameOf(module)}, against ${against}: ${said(countOf([module]))}, ${this.#seconds.get(module.id) ?? 0} s`,
      );
    }
    const total = countOf(modules, unhandledErrors);
    process.once('exit', () => console.log(said(total)));
  }

  #print(errors: readonly unknown[]): void {
    for (const error of errors) this.#vitest?.logger.printError(error);
  }
}
