/** A synthesized CloudFormation template, as far as the reference reads it. */
export interface CloudFormationTemplate {
  readonly Resources: Readonly<Record<string, CloudFormationResource>>;
}

export interface CloudFormationResource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a resource is its service's
  readonly Properties?: any;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
}

/** The resources of one type, as [logical id, resource]. */
export const resourcesOf = (
  { Resources }: CloudFormationTemplate,
  ...types: readonly string[]
): [string, CloudFormationResource][] =>
  Object.entries(Resources).filter(([, { Type }]) => types.includes(Type));

const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': '<region>',
  'AWS::AccountId': '<account>',
};

const NAMES: Readonly<Record<string, string>> = {
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SecretsManager::Secret': 'Name',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::KMS::Key': 'Description',
  'AWS::Events::Rule': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
};

/** A value of a template in words: parts joined, a reference as the kind and name of what it refers to. */
export const inWords = (value: unknown, template: CloudFormationTemplate): string => {
  if (typeof value !== 'object' || value === null) return String(value);
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (Array.isArray(join)) {
    return (join[1] as unknown[]).map((part) => inWords(part, template)).join(String(join[0]));
  }
  if (typeof Ref === 'string') return PSEUDO[Ref] ?? named(Ref, template);
  if (Array.isArray(attribute)) return named(String(attribute[0]), template);
  return JSON.stringify(value);
};

const named = (logicalId: string, { Resources }: CloudFormationTemplate): string => {
  const resource = Resources[logicalId];
  if (resource === undefined) return logicalId;
  const name = resource.Properties?.[NAMES[resource.Type] ?? ''];
  const kind =
    resource.Type.split('::')
      .at(-1)
      ?.replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
      .toLowerCase() ?? '';
  return typeof name === 'string' && kind !== 'key' ? `${kind} ${name}` : `the ${kind}`;
};
