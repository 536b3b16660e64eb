import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
const FILES = ['app.ts', 'call-api.ts', 'cdk.json', 'consumer-stack.ts'];
/** What an application has beside the package; the SDK stands for the one that Lambda's runtime brings. */
const MODULES = ['@aws-sdk', 'aws-cdk-lib', 'constructs', 'esbuild', '.bin'];

/** Makes a repository of its own of the consumer, all but the package. Answers where that is to be installed. */
export const createProject = (directory: string): string => {
  const modules = join(directory, 'node_modules');
  mkdirSync(modules, { recursive: true });
  for (const name of MODULES) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
  for (const name of FILES) cpSync(join(import.meta.dirname, name), join(directory, name));
  writeFileSync(join(directory, 'package.json'), '{"type":"module","private":true}');
  writeFileSync(join(directory, 'package-lock.json'), '{}');
  return join(modules, 'token-refresher');
};
