import { createHash } from 'node:crypto';
import type { Place } from './aws/parameter-rules.ts';
import { secretArn } from './aws/secret-store.ts';

export type Json = Readonly<Record<string, unknown>>;

export interface Resource {
  readonly Type: string;
  readonly Properties?: Json;
}

export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Resolves CloudFormation's intrinsic functions as a deployment to `place` would. */
export type Resolve = (value: unknown) => unknown;

const NAME_PROPERTIES = [
  'Name',
  'FunctionName',
  'QueueName',
  'TopicName',
  'LogGroupName',
  'RoleName',
  'AliasName',
];

/** @throws Error from the answered function for an intrinsic or reference it does not know */
export const resolver = (template: Template, place: Place, stackName: string): Resolve => {
  const { region, account } = place;
  const pseudo: Readonly<Record<string, unknown>> = {
    'AWS::Region': region,
    'AWS::AccountId': account,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stackName}/sandbox`,
    'AWS::NoValue': undefined,
  };

  const resource = (id: string): Resource => {
    const found = template.Resources[id];
    if (found === undefined) throw new Error(`the template refers to "${id}", which it does not define`);
    return found;
  };

  const nameOf = (id: string): string => {
    const { Properties = {} } = resource(id);
    const property = NAME_PROPERTIES.find((name) => Properties[name] !== undefined);
    return property === undefined ? `${stackName}-${id}` : String(resolve(Properties[property]));
  };

  const arnOf = (id: string): string => {
    const name = nameOf(id);
    const { Type } = resource(id);
    switch (Type) {
      case 'AWS::Lambda::Function':
        return `arn:aws:lambda:${region}:${account}:function:${name}`;
      case 'AWS::SecretsManager::Secret':
        return secretArn(place, name);
      case 'AWS::KMS::Key':
        return `arn:aws:kms:${region}:${account}:key/${keyId(id)}`;
      case 'AWS::IAM::Role':
        return `arn:aws:iam::${account}:role/${name}`;
      case 'AWS::Logs::LogGroup':
        return `arn:aws:logs:${region}:${account}:log-group:${name}:*`;
      default: {
        const service = Type.split('::')[1]?.toLowerCase();
        return `arn:aws:${service}:${region}:${account}:${name}`;
      }
    }
  };

  const reference = (id: string): unknown => {
    if (Object.hasOwn(pseudo, id)) return pseudo[id];
    const { Type } = resource(id);
    if (Type === 'AWS::KMS::Key') return keyId(id);
    return ['AWS::SecretsManager::Secret', 'AWS::SNS::Topic'].includes(Type) ? arnOf(id) : nameOf(id);
  };

  const attribute = (id: string, name: string): string =>
    name === 'Arn' || name.endsWith('Arn') ? arnOf(id) : `${nameOf(id)}.${name}`;

  const substitute = (text: string, variables: Json): string =>
    text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
      if (name.startsWith('!')) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(variables, name)) return String(resolve(variables[name]));
      const [id = '', ...path] = name.split('.');
      return String(path.length === 0 ? reference(id) : attribute(id, path.join('.')));
    });

  const call = (name: string, argument: unknown): unknown => {
    const list = Array.isArray(argument) ? argument : [];
    switch (name) {
      case 'Ref':
        return reference(String(argument));
      case 'Fn::GetAtt':
        return attribute(String(list[0]), String(list[1]));
      case 'Fn::Join':
        return (resolve(list[1]) as unknown[]).join(String(list[0]));
      case 'Fn::Sub':
        return typeof argument === 'string'
          ? substitute(argument, {})
          : substitute(String(list[0]), list[1] as Json);
      case 'Fn::Select':
        return (resolve(list[1]) as unknown[])[Number(resolve(list[0]))];
      case 'Fn::Split':
        return String(resolve(list[1])).split(String(list[0]));
      default:
        throw new Error(`the sandbox does not resolve ${name}`);
    }
  };

  const resolve: Resolve = (value) => {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only !== undefined && /^(?:Ref|Fn::\w+)$/.test(only[0])) {
      return call(only[0], only[1]);
    }
    return Object.fromEntries(entries.map(([name, item]) => [name, resolve(item)]));
  };
  return resolve;
};

/** The same for the same logical id, so that two readings of a template agree. */
const keyId = (logicalId: string): string =>
  createHash('sha256')
    .update(logicalId)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
