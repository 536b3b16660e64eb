import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import prettyMilliseconds from 'pretty-ms';
import { connections } from './connections.ts';
import { type Soaked, soak } from './simulate.ts';

const HELP = `Keeps the connections of the stage "production" fresh in simulated time, through random outages.

  npm run soak -- [--days 30] [--seed 1] [--longer] [--json]

  --longer  outages longer than a connection survives: only the excess, and a tick for each, may be expired
  --json    {"expiredSeconds": …, "providerCalls": …} and nothing else
`;

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    longer: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const number = (name: 'days' | 'seed'): number => {
  const found = Number(values[name]);
  if (!(found > 0)) {
    console.error(`--${name} must be a number above 0`);
    process.exit(2);
  }
  return found;
};

const duration = (seconds: number) =>
  seconds === 0 ? '0' : prettyMilliseconds(seconds * 1000, { unitCount: 2, secondsDecimalDigits: 0 });

const tableOf = (results: readonly Soaked[]) => {
  const table = new Table({
    head: [
      'connection',
      'ticks',
      'outages',
      'longest',
      'survives',
      'calls',
      'tokens',
      'least life',
      'expired',
    ],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const each of results) {
    table.push([
      each.connection,
      each.ticks,
      each.outages,
      duration(each.longestOutageSeconds),
      duration(each.survivableSeconds),
      each.providerCalls,
      each.tokens,
      duration(Math.max(each.leastLifeSeconds, 0)),
      duration(each.expiredSeconds),
    ]);
  }
  return table.toString();
};

const main = async () => {
  if (values.help) return console.log(HELP);
  const [days, seed] = [number('days'), number('seed')];
  const results: Soaked[] = [];
  for (const connection of connections()) {
    results.push(await soak({ connection, days, seed, longer: values.longer }));
  }
  const expiredSeconds = results.reduce((total, each) => total + each.expiredSeconds, 0);
  const providerCalls = results.reduce((total, each) => total + each.providerCalls, 0);
  if (values.json) return console.log(JSON.stringify({ expiredSeconds, providerCalls }));
  console.log(tableOf(results));
  const allowed = results.reduce((total, each) => total + (values.longer ? each.excusedSeconds : 0), 0);
  console.log(
    `${days} days, seed ${seed}: a reader would have held an expired token for ${duration(expiredSeconds)}` +
      `${values.longer ? `, and ${duration(allowed)} were beyond what the connections survive` : ''}`,
  );
  if (expiredSeconds > allowed) process.exitCode = 1;
};

await main();
