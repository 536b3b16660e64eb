import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readHidden } from '../../infra/ops/input.ts';

/** A person at a terminal, who answers each prompt with these keys. */
const typing = async (keys: readonly string[]) => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  const stderr = new PassThrough();
  const names = ['client_id', 'client_secret'] as const;
  let asked = 0;
  stderr.on('data', (chunk: Buffer) => {
    if (!chunk.toString().includes(names[asked] ?? 'nothing more')) return;
    const key = keys[asked] ?? '';
    asked += 1;
    // Nobody types while the prompt is being drawn.
    setImmediate(() => stdin.write(key));
  });
  return readHidden({ stdin, stderr }, names);
};

describe('a hidden prompt', () => {
  it('takes what is typed', async () => {
    expect(await typing(['an-id\r', 'a-secret\r'])).toEqual({
      client_id: 'an-id',
      client_secret: 'a-secret',
    });
  });

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is cancelled by %s', async (_, key) => {
    await expect(typing([key])).rejects.toMatchObject({
      message: 'cancelled: nothing was sent',
      exitCode: 130,
    });
    await expect(typing(['an-id\r', key])).rejects.toMatchObject({ exitCode: 130 });
  });
});
