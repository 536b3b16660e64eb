import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { dialect } from '../../functions/providers/index.ts';
import { parseSettings, setOptions } from '../../infra/ops/settings.ts';

const OAUTH2 = [
  'tokenEndpoint=https://auth.example.com/oauth/token?tenant=a',
  'clientAuthentication=client_secret_post',
  'lifetimeSeconds=3600',
];

describe('settings for --set', () => {
  /** The words a shell makes of a line. */
  const words = (line: string): string[] =>
    execFileSync('sh', ['-c', `printf '%s\\0' ${line}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);

  it.each<[string, Record<string, unknown>]>([
    ['alternative-payments', { environment: 'demo' }],
    ['screening-eagle', { host: 'inspect.example.com', scope: 'openid email' }],
    ['igni', { workspace: '123' }],
    [
      'oauth2',
      {
        tokenEndpoint: "https://auth.example.com/it's?a=$HOME&b=`id`",
        clientAuthentication: 'client_secret_post',
        lifetimeSeconds: 3600,
        parameters: { audience: '"quoted" \\ *', resource: ['a', 'b;c'] },
        redirectUris: ['https://www.example.com/callback'],
      },
    ],
  ])('of %s come through a shell as they were: %j', (provider, settings) => {
    const given = words(setOptions(settings)).filter((word) => word !== '--set');
    expect(parseSettings(provider, given)).toEqual(settings);
  });

  it('are no words where there are none', () => {
    expect(setOptions({})).toBe('');
  });
});

describe('settings from --set', () => {
  it('become what the provider takes: texts, numbers, lists, objects', () => {
    const settings = parseSettings('oauth2', [
      ...OAUTH2,
      'grant=authorization_code',
      'redirectUris=https://www.example.com/callback',
      'parameters.audience=https://api.example.com',
      'parameters.resource=a',
      'parameters.resource=b',
    ]);
    expect(settings).toEqual({
      tokenEndpoint: 'https://auth.example.com/oauth/token?tenant=a',
      clientAuthentication: 'client_secret_post',
      lifetimeSeconds: 3600,
      grant: 'authorization_code',
      redirectUris: ['https://www.example.com/callback'],
      parameters: { audience: 'https://api.example.com', resource: ['a', 'b'] },
    });
    expect(() => dialect('oauth2', settings)).not.toThrow();
  });

  it('stay text where text is meant, even if it looks like a number', () => {
    expect(parseSettings('igni', ['workspace=123'])).toEqual({ workspace: '123' });
  });

  it('leave what is wrong for the provider to refuse', () => {
    expect(() => dialect('igni', parseSettings('igni', ['workspace=a.b']))).toThrow('must be one DNS label');
    expect(() => dialect('igni', parseSettings('igni', ['tenant=acme']))).toThrow(
      'igni has no setting "tenant"',
    );
    expect(() => dialect('oauth2', parseSettings('oauth2', ['lifetimeSeconds=soon']))).toThrow(
      'lifetimeSeconds must be a whole number of seconds',
    );
    expect(() => dialect('nobody', parseSettings('nobody', ['a=b']))).toThrow(
      'there is no provider "nobody"',
    );
  });

  it.each(['workspace', '=acme'])('refuse "%s", which is no key=value', (entry) => {
    expect(() => parseSettings('igni', [entry])).toThrow(
      '--set takes key=value, such as --set workspace=acme',
    );
  });
});
