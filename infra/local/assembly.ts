import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Connection, parseConnection } from '../../functions/connection.ts';
import type { Place } from './aws/parameter-rules.ts';
import { type Json, type Resource, resolver, type Template } from './intrinsics.ts';
import type { DeployedFunction } from './lambda-process.ts';
import { type Statement, statementsOf } from './rights.ts';

/** A schedule and what it invokes. */
export interface DeployedSchedule {
  readonly name: string;
  readonly functionName: string;
  readonly everySeconds: number;
  /** JSON. */
  readonly input: string;
}

/** What is invoked when a secret has a new AWSCURRENT. */
export interface DeployedRule {
  readonly secretArn: string;
  readonly functionName: string;
  /** JSON. */
  readonly input: string;
}

/** A parameter that CloudFormation makes. */
export interface DeployedParameter {
  readonly name: string;
  readonly value: string;
}

/** What a deployment of the synthesized app would leave in AWS, as far as the sandbox runs it. */
export interface Assembly {
  readonly functions: readonly DeployedFunction[];
  readonly schedules: readonly DeployedSchedule[];
  /** Rules on Secrets Manager's `Secret Label Updated`; the sandbox sends no other event. */
  readonly rules: readonly DeployedRule[];
  /** What each function's role may do, by function name. */
  readonly rights: Readonly<Record<string, readonly Statement[]>>;
  readonly parameters: readonly DeployedParameter[];
  /** Names of secrets that are created, all of them empty, by their ARN. */
  readonly secrets: Readonly<Record<string, string>>;
  /** What each refresh function keeps fresh, by function name. */
  readonly connections: Readonly<Record<string, Connection>>;
  /** The exchange functions, by connection. */
  readonly exchanges: Readonly<Record<string, string>>;
}

/** Reads a cloud assembly (`cdk.out`). @throws Error naming what cannot be run */
export const readAssembly = (directory: string, place: Place): Assembly => {
  const read = (file: string): Json => JSON.parse(readFileSync(join(directory, file), 'utf8'));
  const artifacts = Object.entries(read('manifest.json')['artifacts'] as Record<string, Json>);
  const files = (type: string, property: string) =>
    artifacts
      .filter(([, artifact]) => artifact['type'] === type)
      .map(([name, artifact]) => ({ name, file: String((artifact['properties'] as Json)[property]) }));

  const assets = Object.assign(
    {},
    ...files('cdk:asset-manifest', 'file').map(({ file }) => directories(directory, read(file))),
  );
  const stacks = files('aws:cloudformation:stack', 'templateFile').map(({ name, file }) =>
    deployed(read(file) as unknown as Template, place, name, assets),
  );
  if (stacks.length === 0) throw new Error(`there is no stack in ${directory}`);
  return {
    functions: stacks.flatMap(({ functions }) => functions),
    schedules: stacks.flatMap(({ schedules }) => schedules),
    rules: stacks.flatMap(({ rules }) => rules),
    rights: Object.assign({}, ...stacks.map(({ rights }) => rights)),
    parameters: stacks.flatMap(({ parameters }) => parameters),
    secrets: Object.assign({}, ...stacks.map(({ secrets }) => secrets)),
    connections: Object.assign({}, ...stacks.map(({ connections }) => connections)),
    exchanges: Object.assign({}, ...stacks.map(({ exchanges }) => exchanges)),
  };
};

/** Where each file asset lies, by the object key it would be uploaded to. */
const directories = (directory: string, manifest: Json): Record<string, string> =>
  Object.fromEntries(
    Object.values((manifest['files'] ?? {}) as Record<string, Json>).flatMap((file) =>
      Object.values(file['destinations'] as Record<string, Json>).map((destination) => [
        String(destination['objectKey']),
        join(directory, String((file['source'] as Json)['path'])),
      ]),
    ),
  );

const deployed = (
  template: Template,
  place: Place,
  stackName: string,
  assets: Readonly<Record<string, string>>,
): Assembly => {
  const resolve = resolver(template, place, stackName);
  const ofType = (type: string): (readonly [string, Json])[] =>
    Object.entries(template.Resources)
      .filter(([, resource]: [string, Resource]) => resource.Type === type)
      .map(([id, { Properties = {} }]) => [id, Properties]);

  const functions = ofType('AWS::Lambda::Function')
    .filter(([, { Code }]) => (Code as Json)['S3Key'] !== undefined)
    .map(([id, properties]): DeployedFunction => {
      const name = String(resolve({ Ref: id }));
      const key = String(resolve((properties['Code'] as Json)['S3Key']));
      const directory = assets[key];
      if (directory === undefined) throw new Error(`${name}: there is no code asset ${key}`);
      const { Variables = {} } = (properties['Environment'] ?? {}) as Json;
      return {
        name,
        directory,
        handler: String(properties['Handler']),
        environment: resolve(Variables) as Record<string, string>,
        timeoutSeconds: Number(properties['Timeout'] ?? 3),
        memoryMegabytes: Number(properties['MemorySize'] ?? 128),
      };
    });

  const ofConnections = functions
    .filter(({ environment }) => environment['CONNECTION'] !== undefined)
    .map(({ name, handler, environment }) => ({
      functionName: name,
      exchange: handler === 'exchange.handler',
      connection: parseConnection(environment['CONNECTION']),
    }));

  const schedules = ofType('AWS::Scheduler::Schedule')
    .filter(([, { State = 'ENABLED' }]) => State === 'ENABLED')
    .map(([id, properties]): DeployedSchedule => {
      const name = String(resolve({ Ref: id }));
      const { Arn, Input = '{}' } = resolve(properties['Target']) as Json;
      return {
        name,
        functionName: functionIn(Arn),
        everySeconds: rateSeconds(name, String(resolve(properties['ScheduleExpression']))),
        input: String(Input),
      };
    });

  const rules = ofType('AWS::Events::Rule').flatMap(([, properties]): DeployedRule[] => {
    const { EventPattern = {}, Targets = [] } = resolve(properties) as Json;
    const { 'detail-type': types, resources } = EventPattern as Readonly<
      Record<string, string[] | undefined>
    >;
    if (!types?.includes('Secret Label Updated')) return [];
    return (resources ?? []).flatMap((secretArn) =>
      (Targets as Json[]).map(({ Arn, Input = '{}' }) => ({
        secretArn,
        functionName: functionIn(Arn),
        input: String(Input),
      })),
    );
  });

  const policies = (['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'] as const).flatMap(ofType);
  const rightsOf = (roleId: string): Statement[] => {
    const inline = (template.Resources[roleId]?.Properties?.['Policies'] ?? []) as Json[];
    const attached = policies
      .map(([, properties]) => properties)
      .filter(({ Roles = [] }) => (Roles as Json[]).some((role) => role['Ref'] === roleId));
    const documents = [...inline, ...attached].map(({ PolicyDocument }) => resolve(PolicyDocument) as Json);
    return statementsOf(documents);
  };

  return {
    functions,
    schedules,
    rules,
    rights: Object.fromEntries(
      ofType('AWS::Lambda::Function').flatMap(([id, { Role }]) => {
        const roleId = ((Role as Json | undefined)?.['Fn::GetAtt'] as string[] | undefined)?.[0];
        // A role of somebody else's stack cannot be read here, and so is not judged.
        return roleId === undefined ? [] : [[String(resolve({ Ref: id })), rightsOf(roleId)]];
      }),
    ),
    parameters: ofType('AWS::SSM::Parameter').map(([id, { Value }]) => ({
      name: String(resolve({ Ref: id })),
      value: String(resolve(Value)),
    })),
    secrets: Object.fromEntries(
      ofType('AWS::SecretsManager::Secret').map(([id, { Name }]) => [
        String(resolve({ Ref: id })),
        Name === undefined ? `${stackName}-${id}` : String(resolve(Name)),
      ]),
    ),
    connections: Object.fromEntries(
      ofConnections
        .filter(({ exchange }) => !exchange)
        .map(({ functionName, connection }) => [functionName, connection]),
    ),
    exchanges: Object.fromEntries(
      ofConnections
        .filter(({ exchange }) => exchange)
        .map(({ functionName, connection }) => [connection.connection, functionName]),
    ),
  };
};

const functionIn = (arn: unknown): string => String(arn).split(':').at(-1) ?? '';

const UNITS: Readonly<Record<string, number>> = { minute: 60, hour: 3600, day: 86_400 };

const rateSeconds = (schedule: string, expression: string): number => {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  if (count === undefined) {
    throw new Error(`${schedule}: the sandbox runs rate(…) schedules only, not ${expression}`);
  }
  return Number(count) * (UNITS[unit] ?? 0);
};
