import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SSMClient } from '@aws-sdk/client-ssm';
import { readRows } from '../../functions/board/read-rows.ts';
import { DEFAULT_PREFIX } from '../names.ts';
import { gateReport, watchGate } from './gate.ts';

// The step after `cdk deploy`: fails with the reason where a connection that has credentials does not become fresh.
const { values } = parseArgs({
  options: {
    prefix: { type: 'string', default: DEFAULT_PREFIX },
    'wait-seconds': { type: 'string', default: '300' },
  },
});
const ssm = new SSMClient({});
const verdicts = await watchGate(
  { readRows: () => readRows(ssm, values.prefix), now: Date.now, wait: (ms) => wait(ms) },
  Number(values['wait-seconds']) * 1000,
);
const { lines, open } = gateReport(verdicts, values.prefix);
for (const line of lines) console.log(line);
if (!open) process.exitCode = 1;
