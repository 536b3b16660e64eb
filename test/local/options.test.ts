import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { readOptions } from '../../infra/local/options.ts';

/** What the arguments mean, or the line that is printed instead. */
const read = (...argv: string[]) => {
  const said: string[] = [];
  const program = new Command()
    .exitOverride()
    .configureOutput({ writeErr: (text) => said.push(text), writeOut: (text) => said.push(text) });
  try {
    return { options: readOptions(argv, program), said: '' };
  } catch {
    return { options: null, said: said.join('') };
  }
};

describe('the command line', () => {
  it('runs everything at speed 60 where nothing is said', () => {
    expect(read().options).toEqual({
      mode: 'live',
      speed: 60,
      only: undefined,
      faults: [],
      stage: undefined,
      json: false,
      reset: false,
    });
  });

  it('passes once, and serves, at speed 1', () => {
    expect(read('--once', '--json', '--reset').options).toMatchObject({
      mode: 'once',
      speed: 1,
      json: true,
      reset: true,
    });
    expect(read('--serve').options).toMatchObject({ mode: 'serve', speed: 1 });
    expect(read('--serve', '--speed', '10').options).toMatchObject({ mode: 'serve', speed: 10 });
  });

  it('takes several connections and faults', () => {
    const { options } = read(
      '--only',
      'uqudo',
      '--only',
      'igni-acme',
      '--fault',
      'uqudo=html',
      '--fault',
      'ssm=denied',
    );
    expect(options?.only).toEqual(['uqudo', 'igni-acme']);
    expect(options?.faults.map(({ target, kind }) => `${target} ${kind}`)).toEqual([
      'uqudo html',
      'ssm denied',
    ]);
  });

  it.each([
    [['--speed', '0'], 'from 1 to 120'],
    [['--speed', '121'], 'from 1 to 120'],
    [['--speed', 'fast'], 'from 1 to 120'],
    [['--once', '--speed', '2'], '--once runs at speed 1: leave out --speed'],
    [['--once', '--serve'], '--once and --serve exclude each other: write one of them'],
    [['--json'], 'write --once --json'],
    [['--reset'], 'write --once --reset'],
    [['--fault', 'uqudo=explode'], 'known are 429, outage'],
    [['--fault', 'uqudo'], 'target=kind'],
    [['--sped', '2'], "unknown option '--sped'"],
    [['uqudo'], 'too many arguments'],
  ])('refuses %j in a line that says what to write', (argv, sentence) => {
    const { options, said } = read(...argv);
    expect(options).toBeNull();
    expect(said).toContain(sentence);
    expect(said.trim().split('\n').length).toBeLessThanOrEqual(2);
  });

  it('explains itself', () => {
    const { said } = read('--help');
    for (const word of ['--speed', '--only', '--fault', '--once', '--serve', 'Examples:', 'at any speed']) {
      expect(said).toContain(word);
    }
  });
});
