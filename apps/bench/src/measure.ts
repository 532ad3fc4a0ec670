import { setTimeout as delay } from 'node:timers/promises';
import type { BenchStack } from './bench-stack.js';
import { loadOnStack } from './load/load-on-stack.js';
import type { Seen } from './load/tally.js';
import type { Point } from './point.js';
import { confirmedBetween } from './usage/database-usage.js';
import { Usage, costBetween, type Cost } from './usage/usage.js';

/** What a system gave at one point. */
export interface Measured {
  readonly system: string;
  readonly point: Point;
  /** Confirmed ones. */
  readonly endedPerSecond: number;
  readonly seen: Seen;
  readonly cost: Cost;
}

export interface MeasureOptions {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Puts one load on the stack and measures it in a window after a warm-up. */
export async function measure(stack: BenchStack, point: Point, options: MeasureOptions): Promise<Measured> {
  const usage = await Usage.open(stack.sources);
  const load = await loadOnStack(stack, point, options.warmUpSeconds + options.seconds + 2);
  try {
    await delay(options.warmUpSeconds * 1000);
    const before = await usage.read();
    load.tally.open();
    await delay(options.seconds * 1000);
    const seen = load.tally.shut();
    const after = await usage.read();
    const residentMiB = usage.residentMiB();
    await load.end();
    const databaseUrl = stack.sources.databases['coordinator'] as string;
    const ended = await confirmedBetween(databaseUrl, before.at, after.at);
    return {
      system: 'holdfast',
      point,
      endedPerSecond: (ended * 1000) / (after.at.getTime() - before.at.getTime()),
      seen,
      cost: costBetween(before, after, ended, residentMiB),
    };
  } finally {
    await load.end();
    await usage.close();
  }
}
