import { setTimeout as delay } from 'node:timers/promises';
import type { BenchStack } from '../bench-stack.js';
import { ClientInitiator } from '../load/client-initiator.js';
import { OpenLoop } from '../load/open-loop.js';
import { Tally, type Seen } from '../load/tally.js';
import { Transactions } from '../load/transactions.js';
import { measure, type MeasureOptions } from '../measure.js';
import type { Point } from '../point.js';
import { confirmedBetween } from '../usage/database-usage.js';
import { Usage, coresBetween } from '../usage/usage.js';
import { warmUp } from '../warm-up.js';
import { EqualWork } from '../work/equal-work.js';
import { booksAtTheEnd, isBalanced } from './books.js';
import { SlotTally } from './slot-tally.js';
import { Slots } from './slots.js';

/** The load that finds the ceiling. */
const CEILING: Point = {
  participants: 'rows',
  way: 'declared',
  branches: 4,
  hot: false,
  load: { kind: 'closed', inFlight: 1_024 },
};
const QUIET = 0.5;
const SHARES = [QUIET, 1.5, 3];
/** How long the load is light again after the heaviest one. */
const RECOVERY_MS = 10_000;
/** All is normal again once nothing is refused and all ends within this, or within twice the p99 of the light load. */
const NORMAL_MS_MIN = 350;

/** An open loop at a part of the ceiling. */
export interface OverloadStep {
  readonly ofCeiling: number;
  readonly perSecond: number;
  readonly endedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly seen: Seen;
  /** Processors that each process kept busy, by its name. */
  readonly cores: Readonly<Record<string, number>>;
  readonly residentMiB: Readonly<Record<string, number>>;
}

export interface Overload {
  readonly ceilingPerSecond: number;
  readonly ceilingCores: Readonly<Record<string, number>>;
  readonly steps: readonly OverloadStep[];
  /** Milliseconds from the end of the heaviest load until all was normal; null if it was not within 10 s. */
  readonly normalAfterMs: number | null;
  readonly normalMs: number;
  /** Whether everything that was accepted has ended, and the participants' rows agree with the coordinator's. */
  readonly balanced: boolean;
}

/** Finds the ceiling, then puts less and more than that on the stack, and looks how it gets over the most. */
export async function measureOverload(
  stack: BenchStack,
  options: MeasureOptions,
  say: (line: string) => void,
): Promise<Overload> {
  const { databases } = stack.sources;
  await warmUp(stack, CEILING, options, say);
  const before = await booksAtTheEnd(databases);
  say('The ceiling ...');
  const { endedPerSecond: ceilingPerSecond, cost } = await measure(stack, CEILING, options);
  say(`     ${ceilingPerSecond.toFixed(0)} ended a second`);
  const bench = await OverloadBench.open(stack, options);
  const steps: OverloadStep[] = [];
  try {
    for (const share of SHARES) {
      say(`${share * 100}% of it ...`);
      const step = await bench.step(share, ceilingPerSecond);
      say(`     ${step.endedPerSecond.toFixed(0)} ended a second`);
      steps.push(step);
    }
    const normalMs = Math.max(NORMAL_MS_MIN, 2 * (steps[0]?.seen.ended?.p99Ms ?? 0));
    say(`${QUIET * 100}% again ...`);
    const normalAfterMs = await bench.recover(QUIET * ceilingPerSecond, normalMs);
    await bench.end();
    const after = await booksAtTheEnd(databases);
    const ceilingCores = Object.fromEntries(
      Object.entries(cost.cpuSecondsPerThousand).map(([name, cpu]) => [
        name,
        (cpu * ceilingPerSecond) / 1000,
      ]),
    );
    return {
      ...{ ceilingPerSecond, ceilingCores, steps, normalAfterMs, normalMs },
      balanced: isBalanced(before, after),
    };
  } finally {
    await bench.close();
  }
}

/** Puts open loops on a stack, one after another without a pause. */
class OverloadBench {
  readonly #work = new EqualWork(CEILING);
  readonly #initiator: ClientInitiator;
  readonly #ending: Promise<void>[] = [];

  private constructor(
    private readonly stack: BenchStack,
    private readonly options: MeasureOptions,
    private readonly usage: Usage,
  ) {
    this.#initiator = new ClientInitiator(stack.urls['coordinator'] as string, 'declared', 'throw');
  }

  static async open(stack: BenchStack, options: MeasureOptions): Promise<OverloadBench> {
    return new OverloadBench(stack, options, await Usage.open(stack.sources));
  }

  async step(ofCeiling: number, ceiling: number): Promise<OverloadStep> {
    const perSecond = ofCeiling * ceiling;
    const tally = new Tally();
    const load = this.#load(perSecond, tally);
    await delay(this.options.warmUpSeconds * 1000);
    const before = await this.usage.read();
    tally.open();
    await delay(this.options.seconds * 1000);
    const seen = tally.shut();
    const after = await this.usage.read();
    this.#ending.push(load.end());
    const seconds = (after.at.getTime() - before.at.getTime()) / 1000;
    const ended = await confirmedBetween(
      this.stack.sources.databases['coordinator'] as string,
      before.at,
      after.at,
    );
    return {
      ...{ ofCeiling, perSecond, seen },
      endedPerSecond: ended / seconds,
      refusedPerSecond: (seen.refused + seen.unsent) / seconds,
      cores: coresBetween(before, after),
      residentMiB: this.usage.residentMiB(),
    };
  }

  async recover(perSecond: number, normalMs: number): Promise<number | null> {
    const slots = new Slots(performance.now());
    const load = this.#load(perSecond, new SlotTally(slots));
    await delay(RECOVERY_MS);
    await load.end();
    return slots.normalAfter(normalMs);
  }

  /** Resolves when all that was begun is answered. */
  async end(): Promise<void> {
    await Promise.all(this.#ending);
  }

  async close(): Promise<void> {
    await this.end();
    await this.#initiator.close();
    await this.usage.close();
  }

  #load(perSecond: number, tally: Tally): OpenLoop {
    const transactions = new Transactions(this.#initiator, this.#work, tally, Number.MAX_SAFE_INTEGER);
    return new OpenLoop(transactions, tally, perSecond);
  }
}
