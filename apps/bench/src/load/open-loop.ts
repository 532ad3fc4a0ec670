import { setTimeout as delay } from 'node:timers/promises';
import type { RunningLoad } from './closed-loop.js';
import { OpenSchedule } from './open-schedule.js';
import type { Tally } from './tally.js';
import type { Transactions } from './transactions.js';

/** How often it is looked for what is due. */
const LOOK_MS = 2;
/** What would be in flight beyond that is not begun, and counted: this process is not to drown before the others. */
const IN_FLIGHT_MAX = 50_000;

/** Begins transactions at a given rate; each counts from when it was to begin, so that a stall is not hidden. */
export class OpenLoop implements RunningLoad {
  #isRunning = true;
  readonly #underWay = new Set<Promise<void>>();
  readonly #life: Promise<void>;

  constructor(
    private readonly transactions: Transactions,
    private readonly tally: Tally,
    perSecond: number,
  ) {
    this.#life = this.#run(new OpenSchedule(perSecond, performance.now()));
  }

  async end(): Promise<void> {
    this.#isRunning = false;
    await this.#life;
    await Promise.all(this.#underWay);
  }

  async #run(schedule: OpenSchedule): Promise<void> {
    while (this.#isRunning) {
      for (const startsAt of schedule.due(performance.now())) this.#begin(startsAt);
      await delay(LOOK_MS);
    }
  }

  #begin(startsAt: number): void {
    if (this.#underWay.size >= IN_FLIGHT_MAX) return this.tally.unsent();
    const one: Promise<void> = this.transactions.next(startsAt).then(() => void this.#underWay.delete(one));
    this.#underWay.add(one);
  }
}
