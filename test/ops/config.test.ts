import { describe, expect, it } from 'vitest';
import { choose, parseConfig } from '../../infra/ops/config.ts';
import { UQUDO } from './fixtures.ts';

const NAME = '/token-refresher/config/uqudo';
const { connection: _, ...CONFIG } = UQUDO;

describe('a config parameter', () => {
  it('names its connection', () => {
    expect(parseConfig(NAME, JSON.stringify(CONFIG))).toEqual(UQUDO);
  });

  it.each([
    ['is not JSON', '{'],
    ['is not a JSON object', 'null'],
    ['has no functionName', JSON.stringify({ ...CONFIG, functionName: '' })],
    ['has no secretArn', JSON.stringify({ ...CONFIG, secretArn: 7 })],
    ['has no number tickSeconds', JSON.stringify({ ...CONFIG, tickSeconds: '60' })],
  ])('is refused where it %s', (what, value) => {
    expect(() => parseConfig(NAME, value)).toThrow(`${NAME} ${what}: it is made by the stack`);
  });
});

describe('a choice of connections', () => {
  const found = ['igni', 'uqudo'].map((connection) => ({ ...UQUDO, connection }));

  it('is all of them where none is named', () => {
    expect(choose(found, [])).toBe(found);
  });

  it('is in the order named, each once', () => {
    const names = choose(found, ['uqudo', 'igni', 'uqudo']).map(({ connection }) => connection);
    expect(names).toEqual(['uqudo', 'igni']);
  });

  it('refuses a name that is not there, and says which are', () => {
    expect(() => choose(found, ['nobody'])).toThrow('there is no connection "nobody": known are igni, uqudo');
  });
});
