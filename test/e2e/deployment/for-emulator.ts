import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

interface Resource {
  Type: string;
  Properties?: Record<string, unknown>;
}

// What CloudFormation asks of an alarm on one metric.
const PLAIN = {
  MetricName: 'Unknown',
  Namespace: 'Unknown',
  Period: 60,
  Statistic: 'Sum',
  Threshold: 1,
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanThreshold',
};

/** What takes the place of a resource the emulator does not know; null where it knows it. docs/proof.md has the list. */
const replacement = ({ Type, Properties = {} }: Resource): Resource | null => {
  if (Type === 'AWS::SSM::Document') return { Type: 'AWS::CloudFormation::WaitConditionHandle' };
  const composed =
    Type === 'AWS::CloudWatch::CompositeAlarm' ||
    (Type === 'AWS::CloudWatch::Alarm' && 'Metrics' in Properties);
  if (!composed) return null;
  return { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: Properties['AlarmName'], ...PLAIN } };
};

/** The source that may be put on a bus in the place of one of AWS's own. */
export const standIn = (source: string): string => source.replace(/^aws\./, 'emulated.');

/** Lets a rule take its events from the source that stands in for AWS's too. */
const widened = (resource: Resource): Resource => {
  const { EventPattern: pattern } = (resource.Properties ?? {}) as { EventPattern?: { source: string[] } };
  if (resource.Type !== 'AWS::Events::Rule' || pattern === undefined) return resource;
  const source = [...new Set([...pattern.source, ...pattern.source.map(standIn)])];
  return { ...resource, Properties: { ...resource.Properties, EventPattern: { ...pattern, source } } };
};

/**
 * Changes a cloud assembly in the three ways that MiniStack needs, and in no other: composed alarms become plain ones
 * that never go off and the runbook becomes nothing; rules on events of AWS, which it neither sends nor lets anybody
 * send, take them from another source too; and beside each `.cjs` lies a `.js` that loads it, since its Node worker,
 * unlike Lambda's, looks for no `.cjs`. Answers the types it replaced.
 */
export const prepareForEmulator = (assembly: string, stack: string): string[] => {
  const file = join(assembly, `${stack}.template.json`);
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Resource> };
  const replaced: string[] = [];
  for (const [id, resource] of Object.entries(template.Resources)) {
    const instead = replacement(resource);
    template.Resources[id] = widened(resource);
    if (instead === null) continue;
    replaced.push(resource.Type);
    const { Properties: _, ...rest } = resource;
    template.Resources[id] = { ...rest, ...instead };
  }
  writeFileSync(file, JSON.stringify(template));
  const assets = readdirSync(assembly, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of assets) {
    const bundles = readdirSync(join(assembly, name)).filter((entry) => entry.endsWith('.cjs'));
    for (const bundle of bundles) {
      const beside = join(assembly, name, `${basename(bundle, '.cjs')}.js`);
      if (!existsSync(beside)) writeFileSync(beside, `module.exports = require('./${bundle}');\n`);
    }
  }
  return replaced;
};
