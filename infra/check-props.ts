import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Check, oneOf } from '../functions/providers/provider.ts';
import type { TokenRefresherProps } from './token-refresher.ts';

// An app runs without having been compiled: what the types rule out is looked for here too.
const PROPS: Readonly<Record<keyof TokenRefresherProps, Check>> = {
  connections: (value) =>
    isObject(value) ? null : 'must be connections by name, such as { uqudo: { provider: "uqudo" } }',
  prefix: (value) => (typeof value === 'string' ? null : 'must be a path, such as "/token-refresher"'),
  key: (value) =>
    // An alias is a key to CDK, and none to the policies that would name it.
    value === 'aws-managed' || (isObject(value) && 'keyArn' in value && !('aliasName' in value))
      ? null
      : 'must be "aws-managed" or a key and not an alias, such as Key.fromKeyArn(stack, "Key", "arn:…")',
  tokensOnDelete: oneOf('delete', 'keep'),
  alarmTopic: (value) =>
    isObject(value) && 'topicArn' in value
      ? null
      : 'must be a topic, such as Topic.fromTopicArn(stack, "Topic", "arn:…")',
  alarmEmails: (value) =>
    Array.isArray(value) ? null : 'must be a list of addresses, such as ["ops@example.com"]',
  logRetention: (value) =>
    typeof value === 'number' && value in RetentionDays
      ? null
      : 'must be what CloudWatch Logs knows, such as RetentionDays.ONE_YEAR',
};

/** What a stage has beside them: the stack takes it. */
const STAGE_PROPS = ['env', 'terminationProtection'];

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The props that can be used, and one sentence for each that is unknown or wrong. */
export const checkProps = (
  given: TokenRefresherProps,
): { props: TokenRefresherProps; faults: readonly string[] } => {
  const checked = Object.entries(given)
    .filter(([name, value]) => value !== undefined && !STAGE_PROPS.includes(name))
    .map(([name, value]) => ({ name, value, fault: faultOf(name, value) }));
  const usable = checked.filter(({ fault }) => fault === null).map(({ name, value }) => [name, value]);
  return {
    props: { connections: {}, ...Object.fromEntries(usable) },
    faults: checked.flatMap(({ fault }) => fault ?? []),
  };
};

const faultOf = (name: string, value: unknown): string | null => {
  if (!isProp(name)) {
    return (
      `there is no prop "${name}": a TokenRefresher takes ${Object.keys(PROPS).join(', ')}, and a stage ` +
      `${STAGE_PROPS.join(' and ')} as well`
    );
  }
  const fault = PROPS[name](value);
  return fault === null ? null : `${name} ${fault}`;
};

const isProp = (name: string): name is keyof TokenRefresherProps => Object.hasOwn(PROPS, name);
