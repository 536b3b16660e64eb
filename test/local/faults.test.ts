import { describe, expect, it } from 'vitest';
import { activeFaults, checkTargets, parseFault } from '../../infra/local/faults.ts';

describe('--fault', () => {
  it.each([
    ['uqudo=outage:90s', { target: 'uqudo', kind: 'outage', startMs: 0, endMs: 90_000 }],
    ['uqudo=outage', { amount: null, endMs: Number.POSITIVE_INFINITY }],
    ['uqudo=outage:90s@30s', { startMs: 30_000, endMs: 120_000 }],
    ['uqudo=latency', { amount: 2000, endMs: Number.POSITIVE_INFINITY }],
    ['uqudo=latency:500ms', { amount: 500 }],
    ['igni-acme=429:120', { target: 'igni-acme', kind: '429', amount: 120 }],
    ['uqudo=429', { amount: null }],
    ['ssm=throttle:0.3', { target: 'ssm', amount: 0.3 }],
    ['ssm=throttle', { amount: 0.5 }],
    ['ssm=crash', { amount: 1 }],
    ['ssm=stale', { amount: 2000 }],
    ['secretsmanager=denied:1m', { endMs: 60_000 }],
  ])('reads %s', (text, fault) => {
    expect(parseFault(text)).toMatchObject(fault);
  });

  it.each([
    ['uqudo', 'target=kind'],
    ['=outage', 'target=kind'],
    ['uqudo=', 'target=kind'],
    ['uqudo=explode', 'known are 429, outage, reset'],
    ['uqudo=throttle', 'known are 429, outage, reset'],
    ['uqudo=toString', 'known are 429'],
    ['ssm=outage', 'known are throttle, denied, latency, stale, crash'],
    ['secretsmanager=crash', 'known are throttle, denied, latency'],
    ['uqudo=outage:long', 'no duration'],
    ['uqudo=outage:-5s', 'no duration'],
    ['uqudo=outage:5', '--fault "uqudo=outage:5": "5" is no duration: write a number and a unit'],
    ['uqudo=latency:500', 'no duration'],
    ['uqudo=outage:90s@30', 'no duration'],
    ['uqudo=outage:', 'no duration'],
    ['uqudo=outage:90s@soon', 'no duration'],
    ['uqudo=429:soon', 'whole seconds'],
    ['uqudo=429:1.5', 'whole seconds'],
    ['ssm=throttle:30', 'probability'],
    ['ssm=throttle:x', 'probability'],
  ])('refuses %s, saying what to write', (text, sentence) => {
    expect(() => parseFault(text)).toThrow(sentence);
  });

  it('names the connections where the target is none of them', () => {
    const faults = ['uqudo=outage', 'ssm=denied', 'nobody=html'].map(parseFault);
    expect(() => checkTargets(faults, ['uqudo', 'igni-acme'])).toThrow(
      'no connection "nobody": known are uqudo, igni-acme, ssm, secretsmanager',
    );
    expect(() => checkTargets(faults.slice(0, 2), ['uqudo'])).not.toThrow();
  });

  it('holds from its start to its end, for its target only', () => {
    const faults = ['uqudo=outage:90s@30s', 'uqudo=html', 'igni-acme=html'].map(parseFault);
    const kinds = (elapsed: number) => activeFaults(faults, 'uqudo', elapsed).map(({ kind }) => kind);
    expect(kinds(29_999)).toEqual(['html']);
    expect(kinds(30_000)).toEqual(['outage', 'html']);
    expect(kinds(120_000)).toEqual(['html']);
  });
});
