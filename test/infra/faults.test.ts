import { Alias, Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Duration, Stack, Token } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { PROVIDER_IDS } from '../../functions/providers/index.ts';
import type { ConnectionProps } from '../../infra/connection.ts';
import { TokenRefresher } from '../../infra/token-refresher.ts';
import { app, connections, errorsOf, faultsIn, make, ONE_OF_EACH } from './synthesize.ts';

const errorsOfConnection = (props: unknown, name = 'mine'): string[] =>
  errorsOf({ connections: { [name]: props as ConnectionProps } });

const RESERVED = /must not start with "\/aws", "\/ssm", "\/amazon" or "\/amzn", which AWS reserves/;

describe('a wrong prop fails the synthesis with a sentence that says what to write', () => {
  it('says nothing where everything is right', () => {
    expect(errorsOf({ connections: ONE_OF_EACH })).toEqual([]);
  });

  it('for an unknown provider, with the known ones', () => {
    expect(errorsOfConnection({ provider: 'uquda' })).toEqual([
      `connection "mine": there is no provider "uquda": known are ${PROVIDER_IDS.join(', ')}`,
    ]);
  });

  it('for a missing scope', () => {
    expect(errorsOfConnection({ provider: 'screening-eagle', host: 'inspect.example.com' })).toEqual([
      'connection "mine": screening-eagle: scope is missing: it must be the scopes, space separated, such as ' +
        '"openid email profile inspect"',
    ]);
  });

  it('for a workspace that would send the secret to another host', () => {
    expect(errorsOfConnection({ provider: 'igni', workspace: 'acme.example.com/' })).toEqual([
      'connection "mine": igni: workspace must be one DNS label (letters, digits and inner hyphens, 1 to 63), such as ' +
        '"acme"',
    ]);
  });

  it('for a setting the provider does not have', () => {
    expect(errorsOfConnection({ provider: 'uqudo', scope: 'read' })).toEqual([
      'connection "mine": uqudo has no setting "scope": it takes environment',
    ]);
  });

  it.each([
    [
      'too short to notice a failure in time',
      Duration.seconds(100),
      /renewBefore is 100 s and must be more than 144 s .*: raise renewBefore/,
    ],
    [
      'as long as the life itself',
      Duration.minutes(30),
      /renewBefore is 1800 s and must be at most 900 s .*: lower renewBefore/,
    ],
    ['no duration', 3600 as never, /renewBefore must be a Duration, such as Duration.minutes\(15\)/],
    [
      'no whole number of seconds',
      Duration.millis(90_500),
      /renewBefore is 90.5 s and must be whole seconds, such as Duration.minutes\(15\)/,
    ],
  ])('for a renewBefore that is %s', (_, renewBefore, sentence) => {
    const errors = errorsOfConnection({ provider: 'uqudo', renewBefore });
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.join('\n')).toMatch(sentence);
  });

  it('for a lifetime too short to be kept fresh by ticks of a minute', () => {
    const errors = errorsOfConnection({
      provider: 'oauth2',
      tokenEndpoint: 'https://auth.example.com/oauth/token',
      clientAuthentication: 'client_secret_post',
      lifetimeSeconds: 240,
    });
    expect(errors.join('\n')).toContain('which takes a lifetime of at least 290 s');
  });

  it.each([
    ['capitals', 'Uqudo', /must be lower-case letters/],
    ['nothing', '', /must be lower-case letters/],
    ['more than 40 characters', 'a'.repeat(41), /at most 40 characters/],
    ['a path', 'uqudo/dev', /must be lower-case letters/],
    [
      "one of the stack's own functions",
      'board',
      /"board" is taken by the function token-refresher-board: choose another/,
    ],
  ])('for a connection named by %s', (_, name, sentence) => {
    expect(errorsOfConnection({ provider: 'uqudo' }, name).join('\n')).toMatch(sentence);
  });

  it('for settings that no environment of a function holds, before Lambda says so half-way', () => {
    const redirectUris = (count: number) =>
      Array.from({ length: count }, (_, index) => `https://www.example.com/${'x'.repeat(70)}/${index + 10}`);
    const uaePass = (count: number) =>
      errorsOfConnection({ provider: 'uae-pass', redirectUris: redirectUris(count) });
    expect(uaePass(60)).toEqual([
      'connection "mine": the settings take 6018 bytes as JSON and can take 3000, so that a function\'s environment and its ' +
        'config parameter hold them: shorten them, or split the connection',
    ]);
    expect(uaePass(29)).toEqual([]);
  });

  it('for names that Lambda would not take together', () => {
    const prefix = `/${'p'.repeat(40)}`;
    expect(errorsOf({ prefix, connections: { ['c'.repeat(40)]: { provider: 'uqudo' } } })[0]).toMatch(
      /has 81 characters and Lambda allows 64: shorten the prefix or the connection's name/,
    );
  });

  it('for a name that only the function for codes makes too long', () => {
    expect(errorsOf({ connections: { ['c'.repeat(40)]: ONE_OF_EACH['uae-pass'] } })).toEqual([
      `the function name "token-refresher-${'c'.repeat(40)}-exchange" has 65 characters and Lambda allows 64: shorten ` +
        "the prefix or the connection's name",
    ]);
    expect(errorsOf({ connections: { ['c'.repeat(40)]: { provider: 'uqudo' } } })).toEqual([]);
    expect(errorsOf({ connections: { ['c'.repeat(39)]: ONE_OF_EACH['uae-pass'] } })).toEqual([]);
  });

  it('for a prefix that makes the name of the board too long', () => {
    const connections = { a: { provider: 'uqudo' } } as const;
    expect(errorsOf({ prefix: `/${'p'.repeat(59)}`, connections })).toEqual([
      `prefix "/${'p'.repeat(59)}" has 60 characters and can have 59, so that Lambda takes the function names made of ` +
        'it: shorten it',
    ]);
    expect(errorsOf({ prefix: `/${'p'.repeat(58)}`, connections })).toEqual([]);
  });

  it.each([
    ['without its first slash', 'token-refresher', /must be a path .* such as "\/token-refresher"/],
    ['with a slash at the end', '/token-refresher/', /does not end with one/],
    ["in Parameter Store's reserved tree", '/aws/tokens', RESERVED],
    ['in its other one', '/ssm', RESERVED],
    ['that no document can be named by', '/Amazon-tokens', RESERVED],
    ['that no document can be named by either', '/amzn', RESERVED],
    ["named as every account's schedule group", '/default', /schedule group: choose another/],
    [
      'of so many levels that parameters would not fit below it',
      '/a/b/c/d/e/f/g/h/i/j/k/l/m',
      /has 13 levels and can have 12/,
    ],
  ])('for a prefix %s', (_, prefix, sentence) => {
    expect(errorsOf({ prefix }).join('\n')).toMatch(sentence);
  });

  it('and not for as many levels as fit, nor for a name that only begins as one that is taken', () => {
    for (const prefix of ['/a/b/c/d/e/f/g/h/i/j/k/l', '/default/tokens', '/team/default']) {
      expect(errorsOf({ prefix })).toEqual([]);
    }
  });

  it.each([
    [
      'made here',
      (stack: Stack) =>
        new Alias(stack, 'Alias', { aliasName: 'alias/mine', targetKey: new Key(stack, 'Key') }),
    ],
    ['named', (stack: Stack) => Alias.fromAliasName(stack, 'Alias', 'alias/mine')],
  ])('for a key by its alias, %s, which no policy can name', (_, alias) => {
    const stack = new Stack(app(), 'stack');
    new TokenRefresher(stack, 'TokenRefresher', { connections: ONE_OF_EACH, key: alias(stack) });
    expect(faultsIn(stack)).toEqual([
      'key must be "aws-managed" or a key and not an alias, such as Key.fromKeyArn(stack, "Key", "arn:…")',
    ]);
  });

  it('for a secret that is named and not addressed', () => {
    expect(errorsOfConnection({ provider: 'uqudo', secret: { arn: 'my-secret' } })[0]).toMatch(
      /secret.arn must be a complete secret ARN with its suffix, such as "arn:aws:/,
    );
  });

  it('for a key that is named by an alias', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:uqudo-AbCdEf';
    const keyArn = 'arn:aws:kms:eu-central-1:111122223333:alias/mine';
    expect(errorsOfConnection({ provider: 'uqudo', secret: { arn, keyArn } })[0]).toMatch(
      /secret.keyArn must be the ARN of a key and not of an alias, such as "arn:aws:kms:/,
    );
  });

  describe('for a secret of another region', () => {
    const secret = (region: string) => ({
      arn: `arn:aws:secretsmanager:${region}:111122223333:secret:uqudo-AbCdEf`,
    });
    const faults = (arn: string, region?: string) => {
      const stack = new Stack(app(), 'stack', region === undefined ? {} : { env: { region } });
      new TokenRefresher(stack, 'TokenRefresher', {
        connections: { mine: { provider: 'uqudo', secret: { arn } } },
      });
      return faultsIn(stack);
    };

    it('fails, and says where to put it', () => {
      expect(faults(secret('us-east-1').arn, 'eu-central-1')).toEqual([
        'connection "mine": secret.arn is in us-east-1 and the stack in eu-central-1, where its function reads secrets: ' +
          'write the ARN of a secret in eu-central-1, such as a replica',
      ]);
    });

    it.each([
      ['the region of the stack', secret('eu-central-1').arn, 'eu-central-1'],
      ['a stack whose region is known at deployment', secret('us-east-1').arn, undefined],
      ['an ARN that is known at deployment', Token.asString({ Ref: 'Secret' }), 'eu-central-1'],
    ])('and not for %s', (_, arn, region) => {
      expect(faults(arn, region)).toEqual([]);
    });
  });

  it.each([0, -1, 1.5])('for a reserved concurrency of %s', (reservedConcurrency) => {
    expect(errorsOfConnection({ provider: 'uqudo', reservedConcurrency })).toEqual([
      `connection "mine": reservedConcurrency is ${reservedConcurrency} and must be a whole number above 0, such as 2; ` +
        'to stop a connection, pause it',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'a prop that does not exist',
      { alarmEmail: ['ops@example.com'] },
      'there is no prop "alarmEmail": a TokenRefresher takes connections, prefix, key, tokensOnDelete, alarmTopic, ' +
        'alarmEmails, logRetention, and a stage env and terminationProtection as well',
    ],
    [
      'a prop of every object',
      { toString: 'x' },
      'there is no prop "toString": a TokenRefresher takes connections, prefix, key, tokensOnDelete, alarmTopic, ' +
        'alarmEmails, logRetention, and a stage env and terminationProtection as well',
    ],
    [
      'tokens that would not be kept',
      { tokensOnDelete: 'retain' },
      'tokensOnDelete must be "delete" or "keep"',
    ],
    [
      'a key that is neither',
      { key: 'aws' },
      'key must be "aws-managed" or a key and not an alias, such as Key.fromKeyArn(stack, "Key", "arn:…")',
    ],
    [
      'a topic by its ARN',
      { alarmTopic: 'arn:aws:sns:eu-central-1:111122223333:ops' },
      'alarmTopic must be a topic, such as Topic.fromTopicArn(stack, "Topic", "arn:…")',
    ],
    [
      'one address instead of a list',
      { alarmEmails: 'ops@example.com' },
      'alarmEmails must be a list of addresses, such as ["ops@example.com"]',
    ],
    [
      'a retention that CloudWatch Logs does not know',
      { logRetention: 100 },
      'logRetention must be what CloudWatch Logs knows, such as RetentionDays.ONE_YEAR',
    ],
    ['a prefix that is no text', { prefix: ['/a'] }, 'prefix must be a path, such as "/token-refresher"'],
  ])('for %s, compiled or not', (_, props, sentence) => {
    expect(errorsOf(props)).toEqual([sentence]);
  });

  it.each([undefined, null, 'uqudo'])('for a connection that is %j', (connection) => {
    expect(errorsOf({ connections: { uqudo: connection as never, other: { provider: 'uqudo' } } })).toEqual([
      'connection "uqudo" must be an object, such as { provider: "uqudo" }',
    ]);
  });

  it('for connections in a list', () => {
    const errors = errorsOf({ connections: [{ provider: 'uqudo' }] as never });
    expect(errors).toContain(
      'connections must be connections by name, such as { uqudo: { provider: "uqudo" } }',
    );
  });

  it('and not for what a stage has beside them, nor for what is left undefined', () => {
    const stage = {
      env: { account: '111122223333', region: 'eu-central-1' },
      terminationProtection: true,
      key: undefined,
      logRetention: undefined,
    };
    expect(errorsOf(stage as object)).toEqual([]);
  });

  it('for an address that is none', () => {
    expect(errorsOf({ alarmEmails: ['ops at example.com'] })).toEqual([
      'alarmEmails: "ops at example.com" must be an address, such as "ops@example.com"',
    ]);
  });

  it("for addresses beside a topic that is somebody else's", () => {
    const stack = new Stack(app(), 'stack');
    new TokenRefresher(stack, 'TokenRefresher', {
      connections: ONE_OF_EACH,
      alarmTopic: new Topic(stack, 'Topic'),
      alarmEmails: ['ops@example.com'],
    });
    expect(faultsIn(stack)).toEqual([
      'alarmEmails are for the topic of its own: leave out alarmTopic, or subscribe the addresses to that topic',
    ]);
  });

  it('for no connections at all', () => {
    expect(errorsOf({ connections: {} })).toEqual([
      'connections is empty: write at least one, such as { uqudo: { provider: "uqudo" } }',
    ]);
  });

  it('for more connections than a stack holds, saying how to split', () => {
    expect(errorsOf({ connections: connections(41) })).toEqual([
      'there are 41 connections and one stack holds 40: move 1 of them to a TokenRefresher in a stack of its own with ' +
        'a prefix of its own, such as "/token-refresher-2"',
    ]);
  });

  it('for several connections at once', () => {
    const wrong = { a: { provider: 'igni' }, b: { provider: 'screening-eagle' } } as unknown as Record<
      string,
      ConnectionProps
    >;
    const errors = errorsOf({ connections: wrong });
    expect(errors.filter((error) => error.startsWith('connection "a"'))).toHaveLength(1);
    expect(errors.filter((error) => error.startsWith('connection "b"'))).toHaveLength(1);
  });

  it('for a connection that is asked for and not there', () => {
    expect(() => make().refresher.connection('uquda')).toThrow(
      'there is no connection "uquda": known are uqudo, uae-pass',
    );
  });
});

describe('a wrong prop fails the compile', () => {
  it('for a provider, a setting and a missing setting', () => {
    // @ts-expect-error no such provider
    const unknown: ConnectionProps = { provider: 'uquda' };
    // @ts-expect-error scope is missing
    const incomplete: ConnectionProps = { provider: 'screening-eagle', host: 'inspect.example.com' };
    // @ts-expect-error uqudo has no scope
    const superfluous: ConnectionProps = { provider: 'uqudo', scope: 'read' };
    // @ts-expect-error no such environment
    const wrong: ConnectionProps = { provider: 'uae-pass', redirectUris: [], environment: 'dev' };
    expect([unknown, incomplete, superfluous, wrong]).toHaveLength(4);
  });
});
