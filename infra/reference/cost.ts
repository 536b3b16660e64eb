import { type Timing, timing } from '../../functions/policy/timing.ts';

/** Public list prices of us-east-1 in US dollars, without any free tier. */
const PRICE = {
  lambdaRequest: 0.2 / 1e6,
  lambdaGbSecond: 0.0000133334,
  schedulerInvocation: 1 / 1e6,
  customMetricMonth: 0.3,
  alarmMetricMonth: 0.1,
  compositeAlarmMonth: 0.5,
  dashboardMonth: 3,
  logGb: 0.5,
  secretMonth: 0.4,
  secretCall: 0.05 / 10_000,
  keyMonth: 1,
  keyCall: 0.03 / 10_000,
} as const;

/** What is not counted but assumed: billed milliseconds and log bytes of one invocation. */
const ASSUMED = {
  warmMs: 30,
  coldMs: 600,
  refreshMs: 700,
  logBytes: 2000,
  coldFromTickSeconds: 600,
} as const;

const MONTH_SECONDS = 30 * 24 * 3600;
const MEMORY_GB = 0.5;
/** Metrics in the two alarms of a connection, and its part in the alarm on function errors. */
export const ALARM_METRICS = { expiry: 3, attention: 1, functionErrors: 1 } as const;
/** AWS calls that are paid for, per refresh; a tick that finds a fresh token makes none. */
export const PAID_CALLS = { GetSecretValue: 1, Encrypt: 1 } as const;
/** The average of the jitter, which makes renewal earlier by up to a tenth. */
const JITTER = 0.95;

/** How often a connection ticks and refreshes in a month of 30 days. */
export const monthOf = ({ lifetimeSeconds, renewBeforeSeconds, tickSeconds }: Timing) => {
  const between = (lifetimeSeconds - renewBeforeSeconds) * JITTER + tickSeconds / 2;
  return { ticks: MONTH_SECONDS / tickSeconds, refreshes: MONTH_SECONDS / between };
};

/** What one connection costs in a month, by item, in US dollars. */
export const costOf = (numbers: Timing): Readonly<Record<string, number>> => {
  const { ticks, refreshes } = monthOf(numbers);
  const tickMs = numbers.tickSeconds >= ASSUMED.coldFromTickSeconds ? ASSUMED.coldMs : ASSUMED.warmMs;
  const gbSeconds = ((ticks * tickMs + refreshes * ASSUMED.refreshMs) / 1000) * MEMORY_GB;
  // A custom metric is paid for by the hour in which it has data.
  const hoursWithRefresh = Math.min(refreshes / (MONTH_SECONDS / 3600), 1);
  const alarmMetrics = Object.values(ALARM_METRICS).reduce((sum, count) => sum + count, 0);
  return {
    schedule: ticks * PRICE.schedulerInvocation,
    function: ticks * PRICE.lambdaRequest + gbSeconds * PRICE.lambdaGbSecond,
    logs: ((ticks * ASSUMED.logBytes) / 1e9) * PRICE.logGb,
    metrics: PRICE.customMetricMonth * (1 + 2 * hoursWithRefresh),
    alarms: alarmMetrics * PRICE.alarmMetricMonth,
    secret: PRICE.secretMonth + refreshes * PAID_CALLS.GetSecretValue * PRICE.secretCall,
    key: refreshes * PAID_CALLS.Encrypt * PRICE.keyCall,
  };
};

const SHARED: readonly (readonly [string, number, string])[] = [
  ['key', PRICE.keyMonth, "none with `key: 'aws-managed'`"],
  ['dashboard', PRICE.dashboardMonth, 'the first three of an account are free'],
  ['composite alarm', PRICE.compositeAlarmMonth, ''],
  ['alarms on failure queue, schedules, board and deployment', 4 * PRICE.alarmMetricMonth, ''],
];

const EXAMPLES: Readonly<Record<string, number>> = {
  uqudo: 1800,
  'alternative-payments': 3600,
  igni: 172_800,
  'screening-eagle': 604_800,
};

/** docs/cost.md: what a connection costs in a month, by item. */
export const costDocument = (header: string, table: (head: string[], rows: string[][]) => string): string => {
  const examples = Object.entries(EXAMPLES).map(([name, lifetime]) => ({ name, numbers: timing(lifetime) }));
  const items = Object.keys(costOf(timing(3600)));
  const rows = items.map((item) => [
    item,
    ...examples.map(({ numbers }) => dollars(costOf(numbers)[item] ?? 0)),
  ]);
  const sums = examples.map(({ numbers }) =>
    Object.values(costOf(numbers)).reduce((sum, cost) => sum + cost, 0),
  );
  const counts = (count: (numbers: Timing) => number): string[] =>
    examples.map(({ numbers }) => Math.round(count(numbers)).toLocaleString('en'));
  return [
    header,
    '# Cost',
    '',
    'What one connection costs in a month of 30 days, in US dollars at the public list prices of us-east-1 (they are in',
    '`infra/reference/cost.ts`), without any free tier. The free tiers of Lambda and EventBridge Scheduler cover the first two lines of a usual',
    'account. Ticks, refreshes and calls are counted (a tick with a fresh token makes one AWS call, which is free; a',
    `refresh reads the secret once and encrypts once). Assumed: ${ASSUMED.warmMs} ms billed for a tick in a warm function,`,
    `${ASSUMED.coldMs} ms in a cold one (ticks of ${ASSUMED.coldFromTickSeconds / 60} min and more), ${ASSUMED.refreshMs} ms for a refresh,`,
    `${ASSUMED.logBytes / 1000} KB of log for each invocation, 512 MB on arm64. Parameters above 4 KB (advanced tier) cost 0.05 a month each.`,
    '',
    table(
      ['', ...examples.map(({ name }) => name)],
      [
        ['ticks', ...counts((numbers) => monthOf(numbers).ticks)],
        ['refreshes', ...counts((numbers) => monthOf(numbers).refreshes)],
        ...rows,
        ['**sum**', ...sums.map((sum) => `**${dollars(sum)}**`)],
      ],
    ),
    '',
    'What all connections of a stack share:',
    '',
    table(
      ['', 'a month', ''],
      SHARED.map(([name, price, note]) => [name, dollars(price), note]),
    ),
    '',
    'The alarms on connections without credentials, and on those that use credentials of before, are paid by the metrics',
    'they find: 0.10 for each such connection.',
    'A connection whose token needs a login makes no refresh and costs less. Whoever reads a token pays 0.03 for 10,000',
    'decryptions, and nothing for the parameter itself.',
    'Queue, topic, rules, parameters and the functions of board and deployment cost less than a cent.',
    '',
  ].join('\n');
};

const dollars = (amount: number): string => amount.toFixed(amount > 0 && amount < 0.01 ? 4 : 2);
