import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from '../../infra/bundle.ts';
import { HANDLERS_DIRECTORY } from '../../infra/handlers.ts';
import { table } from './figures.ts';
import { quietSsm } from './quiet-ssm.ts';

const TICKS = 10_000;
const WARM_UP = 100;

/** Runs in a process of its own: the deployed bundle, quiet ticks one after the other. Memory in MB after a collection. */
const LOOP = `
const { handler } = require(process.argv[1]);
const context = { awsRequestId: 'r', functionName: 'f', getRemainingTimeInMillis: () => 60_000 };
const round = (bytes) => Math.round(bytes / 1e5) / 10;
const memory = () => {
  gc();
  const { rss, heapUsed } = process.memoryUsage();
  return { rss: round(rss), heap: round(heapUsed) };
};
(async () => {
  for (let i = 0; i < ${WARM_UP}; i += 1) await handler({}, context);
  const first = memory();
  const from = process.cpuUsage();
  for (let i = 0; i < ${TICKS}; i += 1) {
    const { outcome } = await handler({}, context);
    if (outcome !== 'fresh') throw new Error('not a quiet tick: ' + outcome);
  }
  const { user, system } = process.cpuUsage(from);
  process.stderr.write(JSON.stringify({ cpuMs: (user + system) / 1000 / ${TICKS}, first, last: memory() }));
})();
`;

/** What a warm quiet tick costs in CPU time, and what the process keeps in memory over 10,000 of them. */
export const run = async ({ json }: { json: boolean }): Promise<void> => {
  bundle();
  const ssm = await quietSsm();
  try {
    const { stderr } = await promisify(execFile)(
      process.execPath,
      ['--expose-gc', '-e', LOOP, join(HANDLERS_DIRECTORY, 'refresh.cjs')],
      {
        maxBuffer: 2 ** 28,
        env: ssm.env,
      },
    );
    const { cpuMs, first, last } = JSON.parse(stderr);
    const result = {
      ticks: TICKS,
      awsCallsPerTick: ssm.calls() / (TICKS + WARM_UP),
      cpuMsPerTick: cpuMs,
      memoryMb: { first, last },
    };
    if (json) {
      console.log(JSON.stringify(result));
      return;
    }
    table(
      [
        'quiet ticks',
        'AWS calls per tick',
        'CPU ms per tick',
        'heap MB before',
        'after',
        'RSS MB before',
        'after',
      ],
      [[TICKS, result.awsCallsPerTick, cpuMs.toFixed(2), first.heap, last.heap, first.rss, last.rss]],
    );
  } finally {
    ssm.close();
  }
};
