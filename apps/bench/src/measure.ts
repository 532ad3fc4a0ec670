import { setTimeout as delay } from 'node:timers/promises';
import { TccClient } from '@holdfast/client';
import type { BenchStack } from './bench-stack.js';
import { DatabaseCounters } from './database-counters.js';
import type { DatabaseCount } from './database-counters.js';
import { ClosedLoop } from './load.js';
import { percentile } from './percentile.js';
import type { Point } from './point.js';
import { cpuSecondsOf } from './process-cpu.js';
import { grantCoupons } from './shop-fill.js';

/** What one point gave. */
export interface Measured extends Point {
  readonly endedPerSecond: number;
  readonly decidedP50Ms: number;
  readonly decidedP99Ms: number;
  readonly endedP50Ms: number;
  readonly endedP99Ms: number;
  /** CPU seconds a thousand ended transactions, by the name of the process; `driver` is this one. */
  readonly cpuSecondsPerThousand: Readonly<Record<string, number>>;
  /** For each ended transaction, by the name of the database's service. */
  readonly statementsPerTransaction: Readonly<Record<string, number>>;
  readonly commitsPerTransaction: Readonly<Record<string, number>>;
  readonly cancelled: number;
  readonly errors: readonly string[];
}

export interface MeasureOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** More than any machine of the size that this runs on has ended in a second. */
const PER_SECOND_MAX = 5_000;

interface Reading {
  readonly at: Date;
  readonly cpu: readonly number[];
  readonly counts: ReadonlyMap<string, DatabaseCount>;
}

/** Of this process alone: the stack may be among its descendants. */
function ownCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Puts one load on the stack and measures it in a window after a warm-up. */
export async function measure(stack: BenchStack, point: Point, options: MeasureOptions): Promise<Measured> {
  const { databases, processes } = stack.file;
  const seconds = options.warmUpSeconds + options.seconds + 2;
  const coupons =
    point.branches === 4
      ? await grantCoupons(
          stack.urls,
          `B${Date.now()}`,
          Math.min(PER_SECOND_MAX, point.inFlight * 100) * seconds,
        )
      : [];
  const names = ['driver', ...processes.map(({ name }) => name)];
  const pids = processes.map(({ pid }) => pid ?? 0);
  const counters = await DatabaseCounters.open(databases);
  const read = async (): Promise<Reading> => {
    const counts = await counters.read();
    return { at: new Date(), cpu: [ownCpuSeconds(), ...cpuSecondsOf(pids)], counts };
  };
  const tcc = new TccClient({ url: stack.urls['coordinator'] as string });
  const loop = new ClosedLoop(tcc, point, coupons);
  try {
    await delay(options.warmUpSeconds * 1000);
    loop.open();
    const before = await read();
    await delay(options.seconds * 1000);
    const after = await read();
    const seen = loop.shut();
    await loop.end();
    const ended = await DatabaseCounters.endedBetween(
      databases['coordinator'] as string,
      before.at,
      after.at,
    );
    const perTransaction = (pick: (count: DatabaseCount) => number) =>
      Object.fromEntries(
        [...after.counts].map(([service, count]) => {
          const earlier = before.counts.get(service);
          return [service, (pick(count) - (earlier ? pick(earlier) : 0)) / ended];
        }),
      );
    return {
      ...point,
      endedPerSecond: (ended * 1000) / (after.at.getTime() - before.at.getTime()),
      decidedP50Ms: percentile(seen.decidedMs, 0.5),
      decidedP99Ms: percentile(seen.decidedMs, 0.99),
      endedP50Ms: percentile(seen.endedMs, 0.5),
      endedP99Ms: percentile(seen.endedMs, 0.99),
      cpuSecondsPerThousand: Object.fromEntries(
        names.map((name, i) => [name, (((after.cpu[i] ?? 0) - (before.cpu[i] ?? 0)) * 1000) / ended]),
      ),
      statementsPerTransaction: perTransaction(({ statements }) => statements),
      commitsPerTransaction: perTransaction(({ commits }) => commits),
      cancelled: seen.cancelled,
      errors: seen.errors,
    };
  } finally {
    await loop.end();
    await tcc.close();
    await counters.close();
  }
}
