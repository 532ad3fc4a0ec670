import { setTimeout as delay } from 'node:timers/promises';
import type { BenchStack } from './bench-stack.js';
import { ClientInitiator } from './load/client-initiator.js';
import { ClosedLoop, type RunningLoad } from './load/closed-loop.js';
import type { Initiator } from './load/initiator.js';
import { OpenLoop } from './load/open-loop.js';
import { RestInitiator } from './load/rest-initiator.js';
import { Tally } from './load/tally.js';
import type { Seen } from './load/tally.js';
import { Transactions } from './load/transactions.js';
import type { Load, Point } from './point.js';
import { confirmedBetween } from './usage/database-usage.js';
import { Usage, costBetween, type Cost } from './usage/usage.js';
import { EqualWork } from './work/equal-work.js';
import { grantCoupons } from './work/shop-fill.js';
import { ShopWork } from './work/shop-work.js';
import type { Work } from './work/work.js';

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

/** More than any machine of the size that this runs on has ended in a second. */
const PER_SECOND_MAX = 5_000;
/**
 * One in so many asks for the decision as well, by a call of its own. Under a full load a second passes enough of them.
 */
const DECIDED_EVERY = { quiet: 8, full: 64 };
const IN_FLIGHT_FULL = 256;

/** Puts one load on the stack and measures it in a window after a warm-up. */
export async function measure(stack: BenchStack, point: Point, options: MeasureOptions): Promise<Measured> {
  const work = await workFor(stack, point, options.warmUpSeconds + options.seconds + 2);
  const usage = await Usage.open(stack.sources);
  const coordinator = stack.urls['coordinator'] as string;
  const initiator: Initiator =
    point.way === 'rest' ? new RestInitiator(coordinator) : new ClientInitiator(coordinator, point.way);
  const tally = new Tally();
  const transactions = new Transactions(initiator, work, tally, decidedEvery(point.load));
  const load = startLoad(point.load, transactions, tally);
  try {
    await delay(options.warmUpSeconds * 1000);
    const before = await usage.read();
    tally.open();
    await delay(options.seconds * 1000);
    const seen = tally.shut();
    const after = await usage.read();
    await load.end();
    const databaseUrl = stack.sources.databases['coordinator'] as string;
    const ended = await confirmedBetween(databaseUrl, before.at, after.at);
    return {
      system: 'holdfast',
      point,
      endedPerSecond: (ended * 1000) / (after.at.getTime() - before.at.getTime()),
      seen,
      cost: costBetween(before, after, ended),
    };
  } finally {
    await load.end();
    await initiator.close();
    await usage.close();
  }
}

function startLoad(load: Load, transactions: Transactions, tally: Tally): RunningLoad {
  return load.kind === 'closed'
    ? new ClosedLoop(transactions, load.inFlight)
    : new OpenLoop(transactions, tally, load.perSecond);
}

function decidedEvery(load: Load): number {
  const isFull = load.kind === 'open' || load.inFlight >= IN_FLIGHT_FULL;
  return isFull ? DECIDED_EVERY.full : DECIDED_EVERY.quiet;
}

async function workFor(stack: BenchStack, point: Point, seconds: number): Promise<Work> {
  if (point.participants !== 'shop') return new EqualWork(point);
  if (point.branches === 2) return new ShopWork(point, []);
  const { load } = point;
  const perSecond =
    load.kind === 'open' ? load.perSecond : Math.min(PER_SECOND_MAX, Math.max(200, load.inFlight * 100));
  return new ShopWork(point, await grantCoupons(stack.urls, `B${Date.now()}`, perSecond * seconds));
}
