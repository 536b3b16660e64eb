import type { Readable } from 'node:stream';
import { isCancel, password } from '@clack/prompts';
import { EXIT } from './exit.ts';
import { OpsError } from './ops-error.ts';
import type { World } from './world.ts';

type Terminal = Pick<World, 'stdin' | 'stderr'>;

const MAX_CHARACTERS = 64 * 1024;

/**
 * Values nobody may see: from hidden prompts or, where standard input is no terminal, from a JSON object on it.
 * Never from arguments, which end up in the shell's history and the list of processes.
 *
 * @throws OpsError naming the field and never a value
 */
export const readHidden = async <Name extends string>(
  terminal: Terminal,
  names: readonly Name[],
): Promise<Readonly<Record<Name, string>>> =>
  terminal.stdin.isTTY === true ? prompted(terminal, names) : piped(terminal, names);

const prompted = async <Name extends string>(terminal: Terminal, names: readonly Name[]) => {
  const values = {} as Record<Name, string>;
  for (const name of names) {
    const value = await untilClosed(terminal.stdin, (signal) =>
      password({
        message: name,
        input: terminal.stdin,
        output: terminal.stderr,
        signal,
        validate: (typed) => (typed === undefined || typed === '' ? `${name} is empty` : undefined),
      }),
    );
    if (isCancel(value)) throw new OpsError('cancelled: nothing was sent', { exitCode: EXIT.interrupted });
    values[name] = value;
  }
  return values;
};

/** Ctrl-D closes the input and tells the prompt nothing, which would wait for ever: it is cancelled then. */
const untilClosed = async <Value>(
  stdin: Readable,
  prompt: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> => {
  const closed = new AbortController();
  // Later, since an answer closes the input too.
  const close = () => setImmediate(() => closed.abort());
  stdin.on('pause', close);
  try {
    return await prompt(closed.signal);
  } finally {
    stdin.off('pause', close);
  }
};

const piped = async <Name extends string>({ stdin }: Terminal, names: readonly Name[]) => {
  const shape = `{${names.map((name) => `"${name}":"…"`).join(',')}}`;
  const fault = (what: string) => new OpsError(`standard input ${what}: pipe ${shape}, or run in a terminal`);
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MAX_CHARACTERS) throw fault('is too long');
  }
  if (text.trim() === '') throw fault('is empty');
  const found = object(text);
  if (found === null) throw fault('is not a JSON object');
  for (const name of names) {
    const value = found[name];
    if (typeof value !== 'string' || value === '') throw fault(`has no ${name} that is a non-empty string`);
  }
  // Not named: what stands there may be a value that went astray.
  if (Object.keys(found).length > names.length) throw fault(`has more fields than ${names.join(', ')}`);
  return found as Record<Name, string>;
};

const object = (text: string): Record<string, unknown> | null => {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
};
