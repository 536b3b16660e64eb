import { table } from './figures.ts';
import { type BundleFigures, measureBundles } from './reader/bundles.ts';
import {
  middySsm,
  plainFiveMinutes,
  plainForever,
  plainUncached,
  powertools,
  reader,
} from './reader/contenders.ts';
import { measureReads } from './reader/reads.ts';
import { timeline } from './reader/timeline.ts';
import { live, type Score } from './reader/year.ts';

const SEED = 1;
const DAYS = 365;
/** The shortest lifetime that passes the timing proof, and those of the providers. */
const LIFETIMES = {
  shortest: 300,
  uqudo: 1800,
  'alternative-payments': 3600,
  igni: 172_800,
  'screening-eagle': 604_800,
};
const CONTENDERS = [reader, powertools, middySsm, plainForever, plainFiveMinutes, plainUncached];

/** The reader beside Powertools, @middy/ssm and the plain SDK: time, bytes, load, and a simulated year. */
export const run = async ({ json }: { json: boolean }): Promise<void> => {
  const reads = await measureReads();
  const bundles = measureBundles();
  const year = await simulateYear();
  const result = {
    cachedReadNs: Object.fromEntries([...reads].map(([name, ns]) => [name, round(ns)])),
    bundles: Object.fromEntries(bundles),
    year: { seed: SEED, days: DAYS, connections: LIFETIMES, ...Object.fromEntries(year) },
    ratios: ratios(reads, bundles, year),
  };
  if (json) {
    console.log(JSON.stringify(result));
    return;
  }
  table(
    ['cached read', 'ns'],
    [...reads].map(([name, ns]) => [name, ns.toFixed(0)]),
  );
  table(
    ['bundle', 'bytes beyond the SDK', 'load ms with the SDK', 'load ms beyond the SDK'],
    [...bundles].map(([name, { bytes, loadMs, loadBeyondSdkMs }]) => [
      name,
      bytes,
      loadMs.toFixed(1),
      loadBeyondSdkMs.toFixed(2),
    ]),
  );
  console.log(
    `A simulated year of ${Object.keys(LIFETIMES).length} connections, each reader at its defaults, seed ${SEED}:`,
  );
  table(
    ['reader', 'expired, s', 'expired, SSM down, s', 'reads failed', 'AWS calls', 'reads'],
    [...year].map(([name, score]) => [
      name,
      Math.round(score.expiredSeconds),
      Math.round(score.expiredWithoutSsmSeconds),
      score.failedReads,
      score.awsCalls,
      score.reads,
    ]),
  );
  console.log(result.ratios);
};

/** Every contender through the same year of every connection; seconds and counts are sums over the connections. */
const simulateYear = async (): Promise<ReadonlyMap<string, Score>> => {
  const timelines = Object.values(LIFETIMES).map((seconds, index) => timeline(SEED + index, seconds, DAYS));
  const scores = new Map<string, Score>();
  for (const contender of CONTENDERS) {
    const parts: Score[] = [];
    for (const each of timelines) parts.push(await live(contender, each));
    scores.set(contender.name, parts.reduce(sum));
  }
  return scores;
};

const sum = (a: Score, b: Score): Score => ({
  reads: a.reads + b.reads,
  awsCalls: a.awsCalls + b.awsCalls,
  expiredSeconds: a.expiredSeconds + b.expiredSeconds,
  expiredWithoutSsmSeconds: a.expiredWithoutSsmSeconds + b.expiredWithoutSsmSeconds,
  nothingValidSeconds: a.nothingValidSeconds + b.nothingValidSeconds,
  failedReads: a.failedReads + b.failedReads,
});

const round = (value: number): number => Math.round(value * 100) / 100;

/** Ours to each rival's: below 1 is faster, smaller, fewer. */
const ratios = (
  reads: ReadonlyMap<string, number>,
  bundles: ReadonlyMap<string, BundleFigures>,
  year: ReadonlyMap<string, Score>,
) =>
  Object.fromEntries(
    [powertools, middySsm, plainForever].map(({ name }) => {
      const to = <Figures>(figures: ReadonlyMap<string, Figures>, value: (of: Figures) => number) => {
        const [ours, theirs] = [figures.get(reader.name), figures.get(name)];
        return ours === undefined || theirs === undefined ? null : round(value(ours) / value(theirs));
      };
      return [
        name,
        {
          cachedRead: to(reads, (ns) => ns),
          bytes: to(bundles, ({ bytes }) => bytes),
          load: to(bundles, ({ loadMs }) => loadMs),
          awsCalls: to(year, ({ awsCalls }) => awsCalls),
        },
      ];
    }),
  );
