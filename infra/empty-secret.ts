import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

// The L2 construct would let CloudFormation generate a value; an empty secret is told apart from a wrong one.
/** A secret without a value, kept when the stack is deleted. */
export const emptySecret = (scope: Construct, secretName: string, connection: string): CfnSecret => {
  const secret = new CfnSecret(scope, 'Credentials', {
    name: secretName,
    description: `Credentials of ${connection}: {"client_id":"…","client_secret":"…"}`,
  });
  Validations.of(secret).acknowledge({
    id: 'AwsSolutions-SMG4',
    reason:
      'The provider issues these credentials: only its console or support can rotate them, no function of ours.',
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return secret;
};
