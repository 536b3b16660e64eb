import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createProject } from '../../consumer/project.ts';
import { unpackPackage } from '../../package/unpack.ts';
import { ROOT, run } from '../child.ts';
import type { Emulator } from './emulator.ts';
import { prepareForEmulator } from './for-emulator.ts';
import { STACK } from './names.ts';

/** The stack of the consumer example. */
const CONSUMER = 'TokenConsumer';

/** The CDK CLI and this project's own command line on the emulator, everything they write below `directory`. */
export const commandsOn = ({ environment }: Pick<Emulator, 'environment'>, directory: string) => {
  const cdk = (args: readonly string[], cwd = ROOT) =>
    run('cdk', args, { cwd, env: environment, inherit: false });
  const deploy = (assembly: string) =>
    cdk(['deploy', '--app', assembly, '--require-approval', 'never', '--progress', 'events']);

  return {
    /** Synthesizes the app, prepares it for the emulator and deploys it. Answers the types that were replaced. */
    deployRefresher: async (tokenEndpoint: string, updated: boolean): Promise<string[]> => {
      const assembly = join(directory, updated ? 'updated' : 'first');
      const app = `node ${join(import.meta.dirname, 'app.ts')}`;
      const context = ['-c', `tokenEndpoint=${tokenEndpoint}`, '-c', `updated=${updated}`];
      await cdk(['synth', '--quiet', '--app', app, '--output', assembly, ...context]);
      const replaced = prepareForEmulator(assembly, STACK);
      if (!updated) await cdk(['bootstrap', '--app', assembly]);
      await deploy(assembly);
      return replaced;
    },
    /** The same for the consumer example, in a repository of its own that has the packed package. */
    deployConsumer: async (apiUrl: string): Promise<void> => {
      const project = join(directory, 'consumer');
      const assembly = join(directory, CONSUMER);
      await unpackPackage(createProject(project));
      await cdk(['synth', '--quiet', '--output', assembly, '-c', `apiUrl=${apiUrl}`], project);
      prepareForEmulator(assembly, CONSUMER);
      // Lambda's runtime brings the SDK, the emulator's does not. It unpacks functions below the directory.
      const modules = join(directory, 'node_modules');
      mkdirSync(modules);
      symlinkSync(join(ROOT, 'node_modules', '@aws-sdk'), join(modules, '@aws-sdk'));
      await deploy(assembly);
    },
    /** Deletes both stacks, as they were deployed last. */
    destroy: async (): Promise<void> => {
      for (const assembly of [CONSUMER, 'updated']) {
        await cdk(['destroy', '--force', '--app', join(directory, assembly)]);
      }
    },
    ops: (args: readonly string[], input = ''): Promise<string> =>
      run('node', [join(ROOT, 'infra', 'ops', 'index.ts'), ...args], {
        env: environment,
        inherit: false,
        input,
      }),
  };
};
