import { describe, expect, it } from 'vitest';
import { allows, type Statement, statementsOf } from '../../infra/local/rights.ts';

const arn = 'arn:aws:ssm:eu-west-1:000000000000:parameter/token-refresher/tokens/uqudo';
const call = (action = 'ssm:GetParameter', resource = arn, context: Record<string, string> = {}) => ({
  action,
  resource,
  context,
});
const allow = (change: Partial<Statement> = {}): Statement => ({
  Effect: 'Allow',
  Action: 'ssm:GetParameter',
  Resource: arn,
  ...change,
});

describe('a policy', () => {
  it.each<[string, Statement[], boolean]>([
    ['without a statement', [], false],
    ['with the action and resource', [allow()], true],
    ['with another action', [allow({ Action: 'ssm:PutParameter' })], false],
    ['with another resource', [allow({ Resource: `${arn}-2` })], false],
    ['with lists', [allow({ Action: ['ssm:PutParameter', 'SSM:getparameter'], Resource: ['x', arn] })], true],
    [
      'with wildcards',
      [allow({ Action: 'ssm:Get*', Resource: 'arn:aws:ssm:*:*:parameter/token-?efresher/*' })],
      true,
    ],
    ['whose dots are no wildcards', [allow({ Resource: arn.replace('uqudo', 'u.udo') })], false],
    ['that denies what another allows', [allow(), allow({ Effect: 'Deny' })], false],
  ])('%s', (_, statements, allowed) => {
    expect(allows(statements, call())).toBe(allowed);
  });

  it.each([
    ['the context it asks for', { 'kms:EncryptionContext:PARAMETER_ARN': arn }, true],
    ['another context', { 'kms:EncryptionContext:PARAMETER_ARN': 'x' }, false],
    ['no context', {}, false],
  ])('with a condition meets %s', (_, context, allowed) => {
    const statement = allow({
      Action: 'kms:Encrypt',
      Resource: 'key',
      Condition: { StringEquals: { 'kms:EncryptionContext:PARAMETER_ARN': [arn] } },
    });
    expect(allows([statement], call('kms:Encrypt', 'key', context as Record<string, string>))).toBe(allowed);
  });

  it('that cannot be judged is refused', () => {
    const document = (statement: object) => [{ Statement: [{ ...allow(), ...statement }] }];
    expect(() => statementsOf(document({ NotAction: 'x' }))).toThrow('NotAction');
    expect(() => statementsOf(document({ Condition: { DateLessThan: {} } }))).toThrow('DateLessThan');
    expect(statementsOf(document({}))).toEqual([allow()]);
  });
});
