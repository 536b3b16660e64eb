import { Stack, Validations } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';

/** Tells cdk-nag (AwsSolutions-IAM5) why these ARNs end with a `*`. It wants each finding named. */
export const acknowledgeWildcards = (scope: Construct, arns: readonly string[], reason: string): void => {
  for (const arn of arns) {
    Validations.of(scope).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${flattened(Stack.of(scope).resolve(arn))}]`,
      reason,
    });
  }
};

// As cdk-nag writes it: a reference is its name in angle brackets.
const flattened = (value: unknown): string => {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  return join === undefined ? `<${Ref}>` : join[1].map(flattened).join(join[0]);
};
