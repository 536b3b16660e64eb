import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../child.ts';
import { type Installed, install } from '../install.ts';

/** AWS's Runtime Interface Client for Node, the one inside Lambda's images. */
export const RUNTIME = 'aws-lambda-ric';

const LOCKED = ['package.json', 'package-lock.json'] as const;
const locked = (file: (typeof LOCKED)[number]) =>
  join(import.meta.dirname, '..', 'requirements', 'runtime', file);

export const runtimeVersion = (): string => {
  const { dependencies } = JSON.parse(readFileSync(locked('package.json'), 'utf8'));
  return dependencies[RUNTIME];
};

/** Where Node's headers are, to build the native client: Node-API keeps them good for every version. */
const headers = (): string | undefined =>
  [dirname(dirname(process.execPath)), '/usr', '/usr/local'].find((directory) =>
    existsSync(join(directory, 'include', 'node', 'node_api.h')),
  );

/** Builds the runtime from its source, which takes cmake, g++, make and Node's headers, and a minute or two. */
export const installRuntime = (): Promise<Installed> =>
  install('runtime', readFileSync(locked('package-lock.json'), 'utf8'), async (directory) => {
    for (const tool of ['cmake', 'g++', 'make']) await run(tool, ['--version']);
    const nodedir = headers();
    if (nodedir === undefined) throw new Error('spawn node_api.h ENOENT: there are no headers of Node here');
    for (const file of LOCKED) copyFileSync(locked(file), join(directory, file));
    await run('npm', ['ci', '--no-fund', '--no-audit'], {
      cwd: directory,
      env: { npm_config_nodedir: nodedir },
    });
  });
