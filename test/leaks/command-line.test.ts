import { expect, it } from 'vitest';
import { everythingTheCommandLineSays } from './command-line.ts';
import { findLeaks } from './find-leaks.ts';

it('gives no secret, code or token away on the command line, --debug included', async () => {
  const { text, canaries } = await everythingTheCommandLineSays();
  const says = [
    'credentials written as version',
    'AWSPREVIOUS worked',
    'not a token response',
    'credentials_rejected',
    'standard input is not a JSON object',
    'begins or ends with white space',
    'PutSecretValueCommand',
    'InvokeCommand',
    'unreachable',
    'no connection to AWS',
    '"verdict": "attention"',
  ];
  expect(says.filter((words) => !text.includes(words))).toEqual([]);
  expect(canaries.filter(({ name }) => name === 'access_token').length).toBeGreaterThan(1);
  expect(findLeaks(text, canaries)).toEqual([]);
  for (const { name, value } of canaries) {
    expect(findLeaks(`${text}${value}`, canaries).map((leak) => leak.name)).toContain(name);
  }
}, 120_000);
