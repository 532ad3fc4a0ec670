import type { Measured } from '../measure.js';
import { describeLoad } from '../point.js';
import { aligned } from '../report/aligned.js';
import { ms } from '../report/table.js';

/** One measurement of another system between two of ours, since a machine's speed drifts. */
export interface Duel {
  readonly before: Measured;
  readonly theirs: Measured;
  readonly after: Measured;
}

/** How ours compares with theirs. */
export interface Ratios {
  /** Ended transactions a second: ours for one of theirs. */
  readonly throughput: number;
  /** To the end, ours as a share of theirs; NaN where one is unknown. */
  readonly p50: number;
  readonly p99: number;
  /** To our decision, as a share of the time to their end: theirs tells nobody of its decision. */
  readonly decidedP50: number;
  readonly decidedP99: number;
  /** CPU seconds a transaction: ours as a share of theirs. */
  readonly cpu: number;
}

export const meanOf = (a: number, b: number): number => (a + b) / 2;
/** Seconds a thousand transactions, of all processes. */
export const cpuOf = ({ cost }: Measured): number =>
  Object.values(cost.cpuSecondsPerThousand).reduce((a, b) => a + b, 0);

export function ratiosOf({ before, theirs, after }: Duel): Ratios {
  const share = (ours: (measured: Measured) => number | undefined, other = ours) =>
    meanOf(ours(before) ?? NaN, ours(after) ?? NaN) / (other(theirs) ?? NaN);
  const p50 = ({ seen }: Measured) => seen.ended?.p50Ms;
  const p99 = ({ seen }: Measured) => seen.ended?.p99Ms;
  return {
    throughput: share(({ endedPerSecond }) => endedPerSecond),
    p50: share(p50),
    p99: share(p99),
    decidedP50: share(({ seen }) => seen.decided?.p50Ms, p50),
    decidedP99: share(({ seen }) => seen.decided?.p99Ms, p99),
    cpu: share(cpuOf),
  };
}

/** The duels as a table for people. Ours is the mean of the two turns. */
export function duelTable(duels: readonly Duel[]): string {
  const header = [
    'against',
    'participants',
    'way',
    'branches',
    'ours',
    'theirs',
    'ended/s',
    'times',
    'p50',
    'p99',
    'CPU',
  ];
  const rows = duels.map((duel) => {
    const { before, theirs, after } = duel;
    const { throughput, p50, p99, cpu } = ratiosOf(duel);
    const { participants, branches, hot } = theirs.point;
    const ours = meanOf(before.endedPerSecond, after.endedPerSecond);
    const share = (name: 'p50Ms' | 'p99Ms', value: number) =>
      `${ms(meanOf(before.seen.ended?.[name] ?? NaN, after.seen.ended?.[name] ?? NaN))} : ${ms(theirs.seen.ended?.[name] ?? NaN)} = ${value.toFixed(2)}`;
    return [
      theirs.system,
      hot ? `${participants}, one hot` : participants,
      before.point.way,
      String(branches),
      describeLoad(before.point.load),
      describeLoad(theirs.point.load),
      `${ours.toFixed(0)} : ${theirs.endedPerSecond.toFixed(0)}`,
      throughput.toFixed(1),
      share('p50Ms', p50),
      share('p99Ms', p99),
      cpu.toFixed(2),
    ];
  });
  return aligned([header, ...rows]);
}
