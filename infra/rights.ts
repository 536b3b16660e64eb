import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { EVENT_SOURCE } from '../functions/notice.ts';

/** The ARN of the parameter with this name, which starts with a slash. */
export const parameterArn = (scope: Construct, name: string): string =>
  Stack.of(scope).formatArn({
    service: 'ssm',
    resource: 'parameter',
    resourceName: name.slice(1),
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });

/** What a right is about. ARNs. */
export interface Targets {
  readonly secret: string;
  /** The customer-managed key an imported secret is encrypted with. */
  readonly secretKey: string | undefined;
  readonly token: string;
  readonly status: string;
  /** The key tokens are encrypted with; undefined is the AWS-managed one, which needs no right. */
  readonly key: string | undefined;
}

/** What a function needs that requests tokens with client credentials. */
export const refreshRights = (targets: Targets): PolicyStatement[] => [
  ...readCredentials(targets),
  new PolicyStatement({ sid: 'WriteToken', actions: ['ssm:PutParameter'], resources: [targets.token] }),
  ...readAndWriteStatus([targets.token], [targets.status]),
  findBlockingLabel([targets.status, targets.token]),
  ...encryptToken(targets.key, [targets.token]),
];

/** What a function needs that exchanges authorization codes: subjects are one level deeper. */
export const exchangeRights = (targets: Targets & { readonly codes: string }): PolicyStatement[] => [
  ...readCredentials(targets),
  new PolicyStatement({
    sid: 'TakeCodes',
    actions: ['ssm:GetParameter', 'ssm:PutParameter'],
    resources: [`${targets.codes}/*`],
  }),
  new PolicyStatement({
    sid: 'WriteToken',
    actions: ['ssm:PutParameter'],
    resources: [targets.token, `${targets.token}/*`],
  }),
  ...readAndWriteStatus([targets.token, `${targets.token}/*`], [targets.status, `${targets.status}/*`]),
  findBlockingLabel([targets.status, `${targets.status}/*`, targets.token, `${targets.token}/*`]),
  ...encryptToken(targets.key, [targets.token, `${targets.token}/*`]),
];

/** What a function needs that watches the tokens codes were exchanged for. It cannot write a token, and decrypt one only under the AWS-managed key. */
export const watchRights = ({
  token,
  status,
  codes,
  eventBus,
}: Pick<Targets, 'token' | 'status'> & {
  readonly codes: string;
  readonly eventBus: string;
}): PolicyStatement[] => [
  ...readAndWriteStatus([token, `${token}/*`], [status, `${status}/*`]),
  findBlockingLabel([status, `${status}/*`]),
  new PolicyStatement({
    sid: 'ListSubjectsAndCodes',
    actions: ['ssm:GetParametersByPath'],
    resources: [status, codes],
  }),
  new PolicyStatement({
    sid: 'DeleteWhatIsOver',
    actions: ['ssm:DeleteParameter', 'ssm:DeleteParameters'],
    resources: [token, `${token}/*`, `${status}/*`, `${codes}/*`],
  }),
  new PolicyStatement({
    sid: 'SayThatALoginIsDue',
    actions: ['events:PutEvents'],
    resources: [eventBus],
    conditions: { StringEquals: { 'events:source': EVENT_SOURCE } },
  }),
];

const readCredentials = ({ secret, secretKey }: Targets): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadCredentials',
    actions: ['secretsmanager:GetSecretValue'],
    resources: [secret],
  }),
  ...(secretKey === undefined
    ? []
    : [
        new PolicyStatement({
          sid: 'DecryptCredentials',
          actions: ['kms:Decrypt'],
          resources: [secretKey],
          conditions: { StringEquals: { 'kms:EncryptionContext:SecretARN': secret } },
        }),
      ]),
];

// Of a token it is the version that is read. There is no right to decrypt its value; only the AWS-managed key's own policy
// lets everybody decrypt who may read a parameter.
const readAndWriteStatus = (tokens: string[], statuses: string[]): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadStatusAndTokenVersion',
    actions: ['ssm:GetParameters'],
    resources: [...statuses, ...tokens],
  }),
  new PolicyStatement({ sid: 'WriteStatus', actions: ['ssm:PutParameter'], resources: statuses }),
];

// A label on the oldest of 100 versions blocks every write, and only the history tells which label that is. To decrypt what
// else is in it there is no right either.
const findBlockingLabel = (written: string[]): PolicyStatement =>
  new PolicyStatement({
    sid: 'FindBlockingLabel',
    actions: ['ssm:GetParameterHistory'],
    resources: written,
  });

// PutParameter encrypts a standard SecureString with Encrypt and an advanced one (above 4 KB) with GenerateDataKey.
const encryptToken = (key: string | undefined, tokens: string[]): PolicyStatement[] =>
  key === undefined
    ? []
    : [
        new PolicyStatement({
          sid: 'EncryptToken',
          actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
          resources: [key],
          conditions: {
            [tokens.length === 1 ? 'StringEquals' : 'StringLike']: {
              'kms:EncryptionContext:PARAMETER_ARN': tokens.length === 1 ? tokens[0] : tokens,
            },
          },
        }),
      ];
