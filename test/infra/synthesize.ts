import { Template } from 'aws-cdk-lib/assertions';
import { App, Stack, type StackProps } from 'aws-cdk-lib/core';
import cdk from '../../cdk.json' with { type: 'json' };
import { bundle } from '../../infra/bundle.ts';
import type { ConnectionProps } from '../../infra/connection.ts';
import type { CloudFormationTemplate } from '../../infra/reference/template.ts';
import { TokenRefresher, type TokenRefresherProps } from '../../infra/token-refresher.ts';

bundle();

/** An app with the feature flags of the deployed one. */
export const app = (): App => new App({ context: cdk.context });

/** One connection that requests its token, and one whose token needs a login. */
export const ONE_OF_EACH = {
  uqudo: { provider: 'uqudo' },
  'uae-pass': { provider: 'uae-pass', redirectUris: ['https://www.example.com/uae-pass/callback'] },
} as const;

export const make = (props: Partial<TokenRefresherProps> = {}, stackProps: StackProps = {}) => {
  const stack = new Stack(app(), 'stack', stackProps);
  const refresher = new TokenRefresher(stack, 'TokenRefresher', {
    connections: ONE_OF_EACH,
    alarmEmails: [],
    ...props,
  });
  return { stack, refresher };
};

export const synthesize = (props: Partial<TokenRefresherProps> = {}): CloudFormationTemplate =>
  Template.fromStack(make(props).stack).toJSON() as CloudFormationTemplate;

/** The annotations of one level in a stack, sorted. */
export const annotationsIn = (stack: Stack, level: 'error' | 'warning'): string[] =>
  stack.node
    .findAll()
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === `aws:cdk:${level}`)
    .map(({ data }) => String(data))
    .toSorted();

/** The error annotations in a stack, sorted. */
export const faultsIn = (stack: Stack): string[] => annotationsIn(stack, 'error');

/** The error annotations of a stack with these props, sorted. */
export const errorsOf = (props: Partial<TokenRefresherProps>): string[] => faultsIn(make(props).stack);

/** That many connections of one provider. */
export const connections = (count: number, props: ConnectionProps = { provider: 'uqudo' }) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`connection-${index + 1}`, props]));
