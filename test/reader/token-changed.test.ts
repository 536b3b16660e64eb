import { expect, test } from 'vitest';
import { snippet } from './documentation.ts';

/** The event as AWS documents it ("Amazon EventBridge event examples for Systems Manager", Parameter Store). */
const DOCUMENTED = {
  version: '0',
  id: '6a7e4feb-b491-4cf7-a9f1-bf3703467718',
  'detail-type': 'Parameter Store Change',
  source: 'aws.ssm',
  account: '123456789012',
  time: '2017-05-22T16:43:48Z',
  region: 'us-east-1',
  resources: ['arn:aws:ssm:us-east-1:123456789012:parameter/foo'],
  detail: { operation: 'Create', name: 'foo', type: 'String', description: 'Sample Parameter' },
};

const change = (name: string, operation: string) => ({
  ...DOCUMENTED,
  resources: [`arn:aws:ssm:us-east-1:123456789012:parameter${name}`],
  detail: { operation, name, type: 'SecureString' },
});

type Json = Readonly<Record<string, unknown>>;

/** EventBridge's matching for patterns of plain values: every field of the pattern lists what it takes. */
const matches = (pattern: Json, event: Json): boolean =>
  Object.entries(pattern).every(([field, wanted]) =>
    Array.isArray(wanted)
      ? wanted.includes(event[field])
      : matches(wanted as Json, (event[field] ?? {}) as Json),
  );

const pattern = JSON.parse(snippet('token-changed.json')) as Json;

test.each([
  ['the first token', change('/token-refresher/tokens/uqudo', 'Create')],
  ['a newer token', change('/token-refresher/tokens/uqudo', 'Update')],
])('the documented rule sees %s', (_, event) => {
  expect(matches(pattern, event)).toBe(true);
});

test.each([
  ['the status', change('/token-refresher/status/uqudo', 'Update')],
  ['another connection', change('/token-refresher/tokens/igni-acme', 'Update')],
  ['a deletion', change('/token-refresher/tokens/uqudo', 'Delete')],
  ['a label', change('/token-refresher/tokens/uqudo', 'LabelParameterVersion')],
  ['another parameter', DOCUMENTED],
  ['another source', { ...change('/token-refresher/tokens/uqudo', 'Update'), source: 'my.app' }],
])('the documented rule does not see %s', (_, event) => {
  expect(matches(pattern, event)).toBe(false);
});
