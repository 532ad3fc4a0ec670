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
  /** Ours as a share of theirs; NaN where one is unknown. */
  readonly p50: number;
  readonly p99: number;
  /** CPU seconds a transaction: ours as a share of theirs. */
  readonly cpu: number;
}

const mean = (a: number, b: number) => (a + b) / 2;
const cpuOf = ({ cost }: Measured) => Object.values(cost.cpuSecondsPerThousand).reduce((a, b) => a + b, 0);

export function ratiosOf({ before, theirs, after }: Duel): Ratios {
  const ratio = (pick: (measured: Measured) => number) => mean(pick(before), pick(after)) / pick(theirs);
  return {
    throughput: ratio(({ endedPerSecond }) => endedPerSecond),
    p50: ratio(({ seen }) => seen.ended?.p50Ms ?? NaN),
    p99: ratio(({ seen }) => seen.ended?.p99Ms ?? NaN),
    cpu: ratio(cpuOf),
  };
}

/** The duels as a table for people. Ours is the mean of the two turns. */
export function duelTable(duels: readonly Duel[]): string {
  const header = [
    'against',
    'participants',
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
    const ours = mean(before.endedPerSecond, after.endedPerSecond);
    const share = (name: 'p50Ms' | 'p99Ms', value: number) =>
      `${ms(mean(before.seen.ended?.[name] ?? NaN, after.seen.ended?.[name] ?? NaN))} : ${ms(theirs.seen.ended?.[name] ?? NaN)} = ${value.toFixed(2)}`;
    return [
      theirs.system,
      hot ? `${participants}, one hot` : participants,
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
