import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface Synthesized {
  /** The cloud assembly. */
  readonly directory: string;
  readonly remove: () => void;
}

/**
 * Synthesizes the app as `cdk synth` does, with the context of `cdk.json`, into a temporary directory.
 *
 * @param context further context, as `-c` gives it
 * @throws Error with what the app said, or with the errors it attached to its constructs
 */
export const synthesize = async (context: Readonly<Record<string, string>> = {}): Promise<Synthesized> => {
  const directory = mkdtempSync(join(tmpdir(), 'token-refresher-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    const configured: { context: object } = JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8'));
    const failure = await run({
      CDK_OUTDIR: directory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...configured.context, ...context }),
      CDK_VALIDATION: 'false',
    });
    // First: where there are any, the app has failed because of them, with a report that says less clearly why.
    const errors = annotatedErrors(directory);
    if (errors.length > 0) throw new Error(errors.join('\n'));
    if (failure !== null) throw new Error(failure);
    return { directory, remove };
  } catch (error) {
    remove();
    throw error;
  }
};

/** Runs the app. Answers what it said where it failed, else null. */
const run = async (environment: Readonly<Record<string, string>>): Promise<string | null> => {
  const child = spawn(process.execPath, ['infra/app.ts'], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said += chunk;
  });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code === 0) return null;
  // What was thrown, without the stack around it.
  return /^(?:error|\w*Error): (.+(?:\n(?! {4}at ).+)*)/m.exec(said)?.[1] ?? said.trim();
};

/** Errors attached to constructs, looked for as the CLI does: whether they stop the app is a matter of its context. */
const annotatedErrors = (directory: string): string[] =>
  readdirSync(directory)
    .filter((file) => file === 'manifest.json' || file.endsWith('.metadata.json'))
    .flatMap((file) => errorsIn(JSON.parse(readFileSync(join(directory, file), 'utf8'))));

const errorsIn = (value: unknown): string[] => {
  if (typeof value !== 'object' || value === null) return [];
  const { type, data } = value as { type?: unknown; data?: unknown };
  if (type === 'aws:cdk:error') return [String(data)];
  return Object.values(value).flatMap(errorsIn);
};
