import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { ArnFormat, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

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
export const refreshRights = ({ secret, secretKey, token, status, key }: Targets): PolicyStatement[] => [
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
  new PolicyStatement({ sid: 'WriteToken', actions: ['ssm:PutParameter'], resources: [token] }),
  ...readAndWriteStatus({ token, status }),
  ...(key === undefined ? [] : [encryptToken(key, token)]),
];

/** What a function needs that only watches a token somebody else requests: subjects are one level deeper. */
export const watchRights = ({ token, status }: Targets): PolicyStatement[] => [
  ...readAndWriteStatus({ token, status }),
  new PolicyStatement({ sid: 'ListSubjects', actions: ['ssm:GetParametersByPath'], resources: [status] }),
  new PolicyStatement({
    sid: 'DeleteExpiredTokens',
    actions: ['ssm:DeleteParameter'],
    resources: [token, `${token}/*`, `${status}/*`],
  }),
];

// Of the token it is the version that is read: there is no right to decrypt its value.
const readAndWriteStatus = ({ token, status }: Pick<Targets, 'token' | 'status'>): PolicyStatement[] => [
  new PolicyStatement({
    sid: 'ReadStatusAndTokenVersion',
    actions: ['ssm:GetParameters'],
    resources: [status, token],
  }),
  new PolicyStatement({ sid: 'WriteStatus', actions: ['ssm:PutParameter'], resources: [status] }),
];

// PutParameter encrypts a standard SecureString with Encrypt and an advanced one (above 4 KB) with GenerateDataKey.
const encryptToken = (key: string, token: string): PolicyStatement =>
  new PolicyStatement({
    sid: 'EncryptToken',
    actions: ['kms:Encrypt', 'kms:GenerateDataKey'],
    resources: [key],
    conditions: { StringEquals: { 'kms:EncryptionContext:PARAMETER_ARN': token } },
  });
