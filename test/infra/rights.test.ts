import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Fn, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { type Right, rightOf, rightsOf } from '../../infra/reference/rights.ts';
import { type CloudFormationTemplate, resourcesOf } from '../../infra/reference/template.ts';
import { TokenParameter } from '../../infra/token-parameter.ts';
import { app, faultsIn, make, synthesize } from './synthesize.ts';

const SSM = 'arn:aws:ssm:<region>:<account>:parameter/token-refresher';

const inOneLine = ({ actions, resources, when }: Right): string =>
  `${actions.join(', ')} on ${resources.join(', ')}${when === '' ? '' : ` when ${when}`}`;

const byRole = (template: CloudFormationTemplate): Record<string, string[]> =>
  Object.fromEntries(
    [...Map.groupBy(rightsOf(template), ({ role }) => role)].map(([role, rights]) => [
      role,
      rights.map(inOneLine),
    ]),
  );

const policyOf = (template: CloudFormationTemplate, type: string, property: string): string[] =>
  resourcesOf(template, type).flatMap(([, { Properties }]) =>
    // biome-ignore lint/suspicious/noExplicitAny: a statement of the template
    Properties[property].Statement.map((statement: any) => {
      const principal = statement.Principal?.Service ?? JSON.stringify(statement.Principal);
      return `${statement.Effect} ${principal}: ${inOneLine(rightOf('', statement, template))}`;
    }),
  );

describe('what each role may do, exactly', () => {
  const template = synthesize();

  it('is this and nothing more', () => {
    expect(byRole(template)).toEqual({
      'What token-refresher-uqudo may do': [
        'secretsmanager:GetSecretValue on secret token-refresher/uqudo',
        `ssm:PutParameter on ${SSM}/tokens/uqudo`,
        `ssm:GetParameters on ${SSM}/status/uqudo, ${SSM}/tokens/uqudo`,
        `ssm:PutParameter on ${SSM}/status/uqudo`,
        `ssm:GetParameterHistory on ${SSM}/status/uqudo, ${SSM}/tokens/uqudo`,
        `kms:Encrypt, kms:GenerateDataKey on the key when kms:EncryptionContext:PARAMETER_ARN StringEquals ${SSM}/tokens/uqudo`,
        'sqs:SendMessage on queue token-refresher-failures',
        'logs:CreateLogStream, logs:PutLogEvents on log group /aws/lambda/token-refresher-uqudo',
      ],
      'What token-refresher-uae-pass may do': [
        `ssm:GetParameters on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*, ${SSM}/tokens/uae-pass, ${SSM}/tokens/uae-pass/*`,
        `ssm:PutParameter on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*`,
        `ssm:GetParameterHistory on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*`,
        `ssm:GetParametersByPath on ${SSM}/codes/uae-pass, ${SSM}/status/uae-pass`,
        `ssm:DeleteParameter, ssm:DeleteParameters on ${SSM}/codes/uae-pass/*, ${SSM}/status/uae-pass/*, ` +
          `${SSM}/tokens/uae-pass, ${SSM}/tokens/uae-pass/*`,
        'events:PutEvents on arn:aws:events:<region>:<account>:event-bus/default when ' +
          'events:source StringEquals token-refresher',
        'sqs:SendMessage on queue token-refresher-failures',
        'logs:CreateLogStream, logs:PutLogEvents on log group /aws/lambda/token-refresher-uae-pass',
      ],
      'What token-refresher-uae-pass-exchange may do': [
        'secretsmanager:GetSecretValue on secret token-refresher/uae-pass',
        `ssm:GetParameter, ssm:PutParameter on ${SSM}/codes/uae-pass/*`,
        `ssm:PutParameter on ${SSM}/tokens/uae-pass, ${SSM}/tokens/uae-pass/*`,
        `ssm:GetParameters on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*, ${SSM}/tokens/uae-pass, ${SSM}/tokens/uae-pass/*`,
        `ssm:PutParameter on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*`,
        `ssm:GetParameterHistory on ${SSM}/status/uae-pass, ${SSM}/status/uae-pass/*, ${SSM}/tokens/uae-pass, ${SSM}/tokens/uae-pass/*`,
        `kms:Encrypt, kms:GenerateDataKey on the key when kms:EncryptionContext:PARAMETER_ARN StringLike ` +
          `${SSM}/tokens/uae-pass or ${SSM}/tokens/uae-pass/*`,
        'logs:CreateLogStream, logs:PutLogEvents on log group /aws/lambda/token-refresher-uae-pass',
      ],
      'Lets EventBridge Scheduler invoke the refresh functions of token-refresher': [
        'sqs:SendMessage on queue token-refresher-failures',
        'lambda:InvokeFunction on function token-refresher-uae-pass, function token-refresher-uqudo',
      ],
      'What token-refresher-board may do': [
        `ssm:GetParametersByPath on ${SSM}/config, ${SSM}/status`,
        'logs:CreateLogStream, logs:PutLogEvents on log group /aws/lambda/token-refresher-board',
      ],
      'What token-refresher-deployment may do': [
        `ssm:GetParametersByPath on ${SSM}/codes, ${SSM}/status, ${SSM}/tokens`,
        `ssm:DeleteParameters on ${SSM}/codes/*, ${SSM}/status/*, ${SSM}/tokens/*`,
        'lambda:InvokeFunction on arn:aws:lambda:<region>:<account>:function:token-refresher-uae-pass, ' +
          'arn:aws:lambda:<region>:<account>:function:token-refresher-uqudo',
        'logs:CreateLogStream, logs:PutLogEvents on log group /aws/lambda/token-refresher-deployment',
      ],
    });
  });

  it('never comes from a managed policy', () => {
    const roles = resourcesOf(template, 'AWS::IAM::Role');
    expect(roles.filter(([, { Properties }]) => Properties.ManagedPolicyArns !== undefined)).toEqual([]);
  });

  it('is taken on by one service each, the schedule role only for its own group', () => {
    expect(policyOf(template, 'AWS::IAM::Role', 'AssumeRolePolicyDocument').toSorted()).toEqual([
      ...Array.from({ length: 5 }, () => 'Allow lambda.amazonaws.com: sts:AssumeRole on undefined'),
      'Allow scheduler.amazonaws.com: sts:AssumeRole on undefined when aws:SourceAccount StringEquals <account> and ' +
        'aws:SourceArn StringEquals arn:aws:scheduler:<region>:<account>:schedule-group/token-refresher',
    ]);
  });

  it('reads an imported secret, and decrypts it with its own key under its own context', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:uqudo-AbCdEf';
    const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000';
    const imported = synthesize({ connections: { uqudo: { provider: 'uqudo', secret: { arn, keyArn } } } });
    expect(byRole(imported)['What token-refresher-uqudo may do']?.slice(0, 2)).toEqual([
      `secretsmanager:GetSecretValue on ${arn}`,
      `kms:Decrypt on ${keyArn} when kms:EncryptionContext:SecretARN StringEquals ${arn}`,
    ]);
    expect(resourcesOf(imported, 'AWS::SecretsManager::Secret')).toEqual([]);
  });

  it('needs no right to a key where AWS manages it', () => {
    const rights = rightsOf(synthesize({ key: 'aws-managed' }));
    expect(rights.filter(({ actions }) => actions.some((action) => action.startsWith('kms:')))).toEqual([]);
  });
});

describe('what each resource lets others do, exactly', () => {
  const template = synthesize();

  it('is events from own rules, and no plain HTTP, for the failure queue', () => {
    expect(policyOf(template, 'AWS::SQS::QueuePolicy', 'PolicyDocument')).toEqual([
      'Deny {"AWS":"*"}: sqs:* on queue token-refresher-failures when aws:SecureTransport Bool false',
      'Allow events.amazonaws.com: sqs:SendMessage on queue token-refresher-failures when ' +
        'aws:SourceAccount StringEquals <account> and ' +
        'aws:SourceArn ArnLike arn:aws:events:<region>:<account>:rule/token-refresher-*',
    ]);
  });

  it('is publishing by own alarms, and no plain HTTP, for the topic', () => {
    expect(policyOf(template, 'AWS::SNS::TopicPolicy', 'PolicyDocument')).toEqual([
      'Deny "*": sns:Publish on topic token-refresher-alarms when aws:SecureTransport Bool false',
      'Allow cloudwatch.amazonaws.com: sns:Publish on topic token-refresher-alarms when ' +
        'aws:SourceAccount StringEquals <account> and ' +
        'aws:SourceArn ArnLike arn:aws:cloudwatch:<region>:<account>:alarm:token-refresher-*',
    ]);
  });

  it('is use by the account and by own alarms for the key', () => {
    expect(policyOf(template, 'AWS::KMS::Key', 'KeyPolicy')).toEqual([
      'Allow {"AWS":{"Fn::Join":["",["arn:",{"Ref":"AWS::Partition"},":iam::",{"Ref":"AWS::AccountId"},":root"]]}}: kms:* on *',
      'Allow cloudwatch.amazonaws.com: kms:Decrypt, kms:GenerateDataKey on * when ' +
        'kms:EncryptionContext:aws:sns:topicArn StringEquals arn:aws:sns:<region>:<account>:token-refresher-alarms',
    ]);
  });

  it('is invocation by its own rule for a refresh function', () => {
    const permissions = resourcesOf(template, 'AWS::Lambda::Permission').map(
      ([, { Properties }]) => Properties,
    );
    expect(permissions).toEqual([
      expect.objectContaining({
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': [expect.stringContaining('NewCredentials'), 'Arn'] },
      }),
    ]);
  });
});

describe('a back end that hands in codes', () => {
  it('may invoke the exchange function, and neither read a token nor anything else', () => {
    const { stack, refresher } = make();
    const backEnd = new Role(stack, 'BackEnd', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    refresher.connection('uae-pass').grantExchange(backEnd);
    const rights = rightsOf(Template.fromStack(stack).toJSON() as CloudFormationTemplate);
    expect(rights.filter(({ role }) => role.startsWith('BackEnd')).map(inOneLine)).toEqual([
      'lambda:InvokeFunction on function token-refresher-uae-pass-exchange',
    ]);
  });

  it('cannot be had for a connection that requests its token by itself', () => {
    const { stack, refresher } = make();
    const backEnd = new Role(stack, 'BackEnd', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') });
    expect(() => refresher.connection('uqudo').grantExchange(backEnd)).toThrow('there is no code to hand in');
  });
});

describe('an operator', () => {
  it('may do all that the command line documents for looking, refreshing, pausing and verifying', () => {
    const { stack, refresher } = make();
    refresher.grantOperate(
      new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    );
    const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'operating.md'), 'utf8');
    const needed = page
      .split('\n')
      .filter((line) => /^\| (?:all|`status`, `explain`|`refresh`, `pause`, `resume`|`verify`) \|/.test(line))
      .flatMap((line) =>
        [...line.matchAll(/`((?:ssm|lambda|secretsmanager):\w+)`/g)].map(([, action]) => action),
      );
    const given = rightsOf(Template.fromStack(stack).toJSON() as CloudFormationTemplate)
      .filter(({ role }) => role.startsWith('Operator'))
      .flatMap(({ actions }) => actions);
    expect(new Set(needed).size).toBe(4);
    expect(given).toEqual(expect.arrayContaining(needed));
  });

  it('may read and list statuses and invoke the board and the refresh functions, and read no token', () => {
    const { stack, refresher } = make();
    refresher.grantOperate(
      new Role(stack, 'Operator', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }),
    );
    const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
    const rights = rightsOf(template).filter(({ role }) => role.startsWith('Operator'));
    expect(rights.map(inOneLine)).toEqual([
      `ssm:GetParametersByPath on ${SSM}/config, ${SSM}/status`,
      `ssm:GetParameters on ${SSM}/status/*`,
      'secretsmanager:ListSecretVersionIds on arn:aws:secretsmanager:<region>:<account>:secret:token-refresher/*',
      'lambda:InvokeFunction on function token-refresher-board, function token-refresher-uae-pass, function token-refresher-uqudo',
    ]);
  });
});

describe('an operator whose role is not made here', () => {
  const policy = (connections: Parameters<typeof synthesize>[0]) => {
    const { stack, refresher } = make(connections, {
      env: { account: '111122223333', region: 'eu-central-1' },
    });
    refresher.grantOperate(Role.fromRoleArn(stack, 'Operator', 'arn:aws:iam::111122223333:role/operator'));
    const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
    const [, found] = resourcesOf(template, 'AWS::IAM::Policy').find(([, { Properties }]) =>
      Properties.Roles.includes('operator'),
    ) ?? ['', undefined];
    return { document: found?.Properties.PolicyDocument, template };
  };

  it('gets a policy that IAM takes, for as many connections as fit, with the longest names', () => {
    const names = Array.from({ length: 40 }, (_, index) => `connection-${index}-`.padEnd(40, 'x'));
    const arn = (name: string) => `arn:aws:secretsmanager:eu-central-1:111122223333:secret:${name}-AbCdEf`;
    const { document, template } = policy({
      connections: Object.fromEntries(
        names.map((name) => [name, { provider: 'uqudo', secret: { arn: arn(name) } } as const]),
      ),
    });
    // As IAM counts: references resolved, without white space.
    const resolved = JSON.stringify(document).replaceAll(
      /\{"Fn::GetAtt":\["(\w+)","Arn"\]\}/g,
      (_, id) =>
        `"arn:aws:lambda:eu-central-1:111122223333:function:${template.Resources[id]?.Properties.FunctionName}"`,
    );
    expect(resolved.match(/:function:connection|:function:token-refresher/g)).toHaveLength(41);
    expect(resolved.length).toBeLessThanOrEqual(10_240);
  });

  it('may tell the versions of imported secrets too', () => {
    const arn = 'arn:aws:secretsmanager:eu-central-1:111122223333:secret:elsewhere-AbCdEf';
    const { document, template } = policy({ connections: { uqudo: { provider: 'uqudo', secret: { arn } } } });
    // biome-ignore lint/suspicious/noExplicitAny: a statement of the template
    const rights: string[] = document.Statement.map((one: any) => inOneLine(rightOf('', one, template)));
    expect(rights).toContain(
      `secretsmanager:ListSecretVersionIds on ${arn}, arn:aws:secretsmanager:eu-central-1:111122223333:secret:token-refresher/*`,
    );
  });
});

describe('a reader', () => {
  const reader = (stack: Stack): LambdaFunction =>
    new LambdaFunction(stack, 'Reader', {
      runtime: Runtime.NODEJS_24_X,
      handler: 'index.handler',
      code: Code.fromInline('exports.handler = async () => {};'),
    });
  const rightsOfReader = (stack: Stack): string[] => {
    const template = Template.fromStack(stack).toJSON() as CloudFormationTemplate;
    return rightsOf(template)
      .filter(({ role }) => role.startsWith('Reader'))
      .map(inOneLine);
  };
  const READ = `ssm:GetParameter, ssm:GetParameters on ${SSM}/status/uqudo, ${SSM}/tokens/uqudo`;

  it('may read token and status, not the history, and decrypt only that token', () => {
    const { stack, refresher } = make();
    refresher.connection('uqudo').grantRead(reader(stack));
    expect(rightsOfReader(stack)).toEqual([
      READ,
      `kms:Decrypt on the key when kms:EncryptionContext:PARAMETER_ARN StringEquals ${SSM}/tokens/uqudo`,
    ]);
  });

  it('is told the prefix in its environment together with the right', () => {
    const { stack, refresher } = make();
    const reading = reader(stack);
    refresher.connection('uqudo').addToEnvironment(reading);
    expect(rightsOfReader(stack)).toHaveLength(2);
    Template.fromStack(stack).hasResourceProperties('AWS::Lambda::Function', {
      Handler: 'index.handler',
      Environment: { Variables: { TOKEN_REFRESHER_PREFIX: '/token-refresher' } },
    });
  });

  describe('of two refreshers', () => {
    const tokenOf = (stack: Stack, connection: string, prefix: string) =>
      TokenParameter.fromConnection(stack, connection, { connection, prefix });

    it('is no fault where they are connections of one', () => {
      const stack = new Stack(app(), 'consumer');
      const reading = reader(stack);
      for (const name of ['a', 'b']) tokenOf(stack, name, '/one').addToEnvironment(reading);
      expect(faultsIn(stack)).toEqual([]);
    });

    it('is a fault where its environment would point to the second alone, and the sentence says what to write', () => {
      const stack = new Stack(app(), 'consumer');
      const reading = reader(stack);
      tokenOf(stack, 'a', '/one').addToEnvironment(reading);
      tokenOf(stack, 'b', '/two').addToEnvironment(reading);
      expect(faultsIn(stack)).toEqual([
        'consumer/Reader has TOKEN_REFRESHER_PREFIX "/one" already and reads all its tokens below that: for the token ' +
          'of b write grantRead instead of addToEnvironment, and createGetToken({ prefix: "/two" }) in the function',
      ]);
    });

    it('is a fault also where the function was given the other prefix by hand', () => {
      const stack = new Stack(app(), 'consumer');
      const reading = reader(stack);
      reading.addEnvironment('TOKEN_REFRESHER_PREFIX', '/one');
      tokenOf(stack, 'b', '/two').addToEnvironment(reading);
      expect(faultsIn(stack)).toHaveLength(1);
    });

    it('may read both by what the sentence says', () => {
      const stack = new Stack(app(), 'consumer');
      const reading = reader(stack);
      tokenOf(stack, 'a', '/one').addToEnvironment(reading);
      tokenOf(stack, 'b', '/two').grantRead(reading);
      expect(faultsIn(stack)).toEqual([]);
      expect(rightsOfReader(stack).join()).toContain('/one/tokens/a');
      expect(rightsOfReader(stack).join()).toContain('/two/tokens/b');
    });
  });

  it('of persons gets the paths of the subjects it names', () => {
    const { stack, refresher } = make();
    refresher.connection('uae-pass').grantRead(reader(stack), 'subject-1');
    expect(rightsOfReader(stack)[0]).toBe(
      `ssm:GetParameter, ssm:GetParameters on ${SSM}/status/uae-pass/subject-1, ${SSM}/tokens/uae-pass/subject-1`,
    );
  });

  it('of all persons gets everything below the connection, and nothing beside it', () => {
    const { stack, refresher } = make();
    refresher.connection('uae-pass').grantRead(reader(stack), '*');
    expect(rightsOfReader(stack)[1]).toBe(
      `kms:Decrypt on the key when kms:EncryptionContext:PARAMETER_ARN StringLike ${SSM}/tokens/uae-pass/*`,
    );
  });

  it('in another stack gets the same, with the key found by its alias', () => {
    const stack = new Stack(app(), 'consumer');
    TokenParameter.fromConnection(stack, 'Uqudo', { connection: 'uqudo' }).grantRead(reader(stack));
    expect(rightsOfReader(stack)).toEqual([
      READ,
      'kms:Decrypt on arn:aws:kms:<region>:<account>:key/* when ' +
        `kms:EncryptionContext:PARAMETER_ARN StringEquals ${SSM}/tokens/uqudo and ` +
        'kms:ResourceAliases ForAnyValue:StringEquals alias/token-refresher',
    ]);
  });

  it('in another stack gets the key that it is told, which needs no alias', () => {
    const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000';
    const stack = new Stack(app(), 'consumer');
    TokenParameter.fromConnection(stack, 'Uqudo', { connection: 'uqudo', keyArn }).grantRead(reader(stack));
    expect(rightsOfReader(stack)[1]).toBe(
      `kms:Decrypt on ${keyArn} when kms:EncryptionContext:PARAMETER_ARN StringEquals ${SSM}/tokens/uqudo`,
    );
  });

  describe('in another stack is told what is wrong', () => {
    const faultsOf = (attributes: object, ...subjects: string[]) => {
      const stack = new Stack(app(), 'consumer');
      TokenParameter.fromConnection(stack, 'Token', { connection: 'uqudo', ...attributes }).grantRead(
        reader(stack),
        ...subjects,
      );
      return faultsIn(stack);
    };

    it.each([
      [
        'connection',
        { connection: 'Igni ACME/*' },
        /^the connection name "Igni ACME\/\*" must be lower-case/,
      ],
      ['prefix', { prefix: 'no-slash/' }, /^prefix "no-slash\/" must be a path/],
      [
        'key, which an alias is not',
        { keyArn: 'arn:aws:kms:eu-central-1:111122223333:alias/mine' },
        /^keyArn must be "aws-managed" or the ARN of a key and not of an alias, such as "arn:aws:kms:/,
      ],
    ])('for its %s', (_, attributes, sentence) => {
      expect(faultsOf(attributes)).toEqual([expect.stringMatching(sentence)]);
    });

    it.each(['x y/../*', '', 'a/b', 'subject-*', '*/*'])('for the subject "%s"', (subject) => {
      expect(faultsOf({}, 'subject-1', subject)).toEqual([
        `grantRead: the subject "${subject}" must be 1 to 64 letters, digits, "-" or "_", or "*" for all`,
      ]);
    });

    it('and told nothing of what is right, or is known only at deployment', () => {
      const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-4000-8000-000000000000';
      expect(faultsOf({ prefix: '/payments/eu', keyArn }, 'subject_1')).toEqual([]);
      expect(faultsOf({ keyArn: 'aws-managed' }, '*')).toEqual([]);
      expect(faultsOf({ keyArn: Fn.importValue('key') }, Fn.ref('Subject'))).toEqual([]);
    });
  });

  it('needs no right to a key where AWS manages it', () => {
    const stack = new Stack(app(), 'consumer');
    const token = TokenParameter.fromConnection(stack, 'Uqudo', {
      connection: 'uqudo',
      keyArn: 'aws-managed',
    });
    token.grantRead(new Role(stack, 'Reader', { assumedBy: new ServicePrincipal('ec2.amazonaws.com') }));
    expect(rightsOfReader(stack)).toEqual([READ]);
  });
});
