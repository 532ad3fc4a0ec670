import { backoff } from './backoff.js';
import type { Delivery } from './bus.js';
import type { BusLog } from './bus-log.js';

interface Parcel<T> {
  readonly deliveries: readonly Delivery<T>[];
  /** How many of them calls of the handler have got so far. */
  taken: number;
  readonly resolve: (handled: boolean) => void;
}

/**
 * Merges what arrives on many partitions into calls of one handler: one call runs at a time, and what arrives
 * meanwhile is the next one. A call that rejects is repeated after a pause until it resolves.
 */
export class Inbox<T> {
  readonly #waiting: Parcel<T>[] = [];
  #patience = new AbortController();
  #running = false;

  constructor(
    private readonly handle: (batch: readonly Delivery<T>[]) => Promise<void>,
    private readonly batchSizeMax: number,
    private readonly log: BusLog,
  ) {}

  /**
   * Adds what came on one partition, in its order.
   * @returns true when the handler has taken all of it, false when it was given up before.
   */
  add(deliveries: readonly Delivery<T>[]): Promise<boolean> {
    if (deliveries.length === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      this.#waiting.push({ deliveries, taken: 0, resolve });
      if (!this.#running) void this.#run();
    });
  }

  get busy(): boolean {
    return this.#running;
  }

  /** Forgets what waits. A call that runs now runs to its end, but is not repeated. */
  giveUp(): void {
    for (const parcel of this.#waiting.splice(0)) parcel.resolve(false);
    this.#patience.abort();
    this.#patience = new AbortController();
  }

  async #run(): Promise<void> {
    this.#running = true;
    // One fetch adds the partitions one after the other within this turn: let them all come in.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const ended: Parcel<T>[] = [];
      const handled = await this.#handled(this.#take(ended));
      for (const parcel of ended) parcel.resolve(handled);
    }
    this.#running = false;
  }

  /** The next batch, oldest first. Parcels of which nothing is left move to `ended`. */
  #take(ended: Parcel<T>[]): readonly Delivery<T>[] {
    const batch: Delivery<T>[] = [];
    for (
      let parcel = this.#waiting[0];
      parcel && batch.length < this.batchSizeMax;
      parcel = this.#waiting[0]
    ) {
      const end = Math.min(parcel.deliveries.length, parcel.taken + this.batchSizeMax - batch.length);
      for (let at = parcel.taken; at < end; at++) batch.push(parcel.deliveries[at] as Delivery<T>);
      parcel.taken = end;
      if (end < parcel.deliveries.length) break;
      ended.push(parcel);
      this.#waiting.shift();
    }
    return batch;
  }

  async #handled(batch: readonly Delivery<T>[]): Promise<boolean> {
    const { signal } = this.#patience;
    for (let failures = 1; ; failures++) {
      try {
        await this.handle(batch);
        return true;
      } catch (error) {
        this.log('warn', 'a batch was refused by its handler and will be delivered again', {
          error: String(error),
          failures,
          messages: batch.length,
        });
      }
      if (!(await backoff(failures, signal))) return false;
    }
  }
}
