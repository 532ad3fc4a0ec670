import { coordinatorUrls, type BenchStack } from '../bench-stack.js';
import type { Load, Point } from '../point.js';
import { EqualWork } from '../work/equal-work.js';
import { grantCoupons } from '../work/shop-fill.js';
import { ShopWork } from '../work/shop-work.js';
import type { Work } from '../work/work.js';
import { ClientInitiator } from './client-initiator.js';
import { ClosedLoop, type RunningLoad } from './closed-loop.js';
import type { Initiator } from './initiator.js';
import { OpenLoop } from './open-loop.js';
import { RestInitiator } from './rest-initiator.js';
import { Tally } from './tally.js';
import { Transactions } from './transactions.js';

/** More than the shop has ended in a second on two cores. */
const PER_SECOND_MAX = 5_000;
/**
 * One in so many asks for the decision as well, by a call of its own. Under a full load a second passes enough of them;
 * alone, one in eight would be too few for a p99: it would be the slowest of them.
 */
const DECIDED_EVERY = { alone: 2, few: 8, full: 64 };
const IN_FLIGHT_FULL = 256;

/** A load that runs on a stack, and what it sees. */
export interface LoadOnStack extends RunningLoad {
  readonly tally: Tally;
}

/** @param seconds how long it will run at most: so much work is prepared. */
export async function loadOnStack(stack: BenchStack, point: Point, seconds: number): Promise<LoadOnStack> {
  const tally = new Tally();
  const prepared: { initiator: Initiator; transactions: Transactions }[] = [];
  for (const url of coordinatorUrls(stack.urls).slice(0, point.coordinators ?? 1)) {
    const work = await workFor(stack, point, seconds);
    const initiator = point.way === 'rest' ? new RestInitiator(url) : new ClientInitiator(url, point.way);
    const transactions = new Transactions(initiator, work, tally, decidedEvery(point.load));
    prepared.push({ initiator, transactions });
  }
  const running = prepared.map(({ initiator, transactions }) => {
    const load = startLoad(point.load, transactions, tally);
    return () => load.end().finally(() => initiator.close());
  });
  let ended: Promise<unknown> | undefined;
  const end = async () => {
    await (ended ??= Promise.all(running.map((stop) => stop())));
  };
  return { tally, end };
}

function startLoad(load: Load, transactions: Transactions, tally: Tally): RunningLoad {
  return load.kind === 'closed'
    ? new ClosedLoop(transactions, load.inFlight)
    : new OpenLoop(transactions, tally, load.perSecond);
}

function decidedEvery(load: Load): number {
  if (load.kind === 'open' || load.inFlight >= IN_FLIGHT_FULL) return DECIDED_EVERY.full;
  return load.inFlight === 1 ? DECIDED_EVERY.alone : DECIDED_EVERY.few;
}

async function workFor(stack: BenchStack, point: Point, seconds: number): Promise<Work> {
  if (point.participants !== 'shop') return new EqualWork(point);
  if (point.branches === 2) return new ShopWork(point, []);
  const { load } = point;
  const perSecond =
    load.kind === 'open' ? load.perSecond : Math.min(PER_SECOND_MAX, Math.max(200, load.inFlight * 100));
  return new ShopWork(point, await grantCoupons(stack.urls, `B${Date.now()}`, perSecond * seconds));
}
