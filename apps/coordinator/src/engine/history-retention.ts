import type { HistoryPlace, HistoryStep, HistoryStore } from '@holdfast/store';
import type { EngineObserver } from './engine-observer.js';

/** Rows of one step: 7 ms of the database's time among a million of them. */
const STEP_ROWS = 1_000;
/** How long nothing is looked for once nothing old was left, in milliseconds. */
const REST_MS = 60_000;
/** How much longer an idempotency key is kept than a finished transaction, in milliseconds. */
const KEY_EXTRA_MS = 24 * 60 * 60 * 1000;

/**
 * Forgets finished transactions and idempotency keys that are older than the retention. Every tick is one bounded
 * step, so what transactions on their way notice of it is at most that.
 */
export class HistoryRetention {
  private readonly walks: readonly Walk[];
  private ticking: Promise<void> | undefined;
  private stopped = false;

  /** @param retentionMs for how long finished transactions are kept. */
  constructor(
    store: Pick<HistoryStore, 'forgetTransactions' | 'forgetKeys'>,
    retentionMs: number,
    private readonly observer: Pick<EngineObserver, 'failed'>,
  ) {
    this.walks = [
      new Walk((from) => store.forgetTransactions(retentionMs, STEP_ROWS, from)),
      new Walk((from) => store.forgetKeys(retentionMs + KEY_EXTRA_MS, STEP_ROWS, from)),
    ];
  }

  /** One step, unless one runs or it is time to rest. @param now any clock's, in milliseconds. */
  async tick(now: number): Promise<void> {
    if (this.stopped) return;
    this.ticking ??= this.step(now).finally(() => (this.ticking = undefined));
    await this.ticking;
  }

  /** Lets the running step end; no other begins. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.ticking;
  }

  private async step(now: number): Promise<void> {
    const walk = this.walks.find((each) => each.restsUntil <= now);
    try {
      await walk?.step(now);
    } catch (error) {
      this.observer.failed('old transactions could not be forgotten', error as Error);
    }
  }
}

/** A walk through what is old, over and over, with a rest after each. */
class Walk {
  restsUntil = -Infinity;
  private place: HistoryPlace | undefined;

  constructor(private readonly forget: (from: HistoryPlace | undefined) => Promise<HistoryStep>) {}

  async step(now: number): Promise<void> {
    this.restsUntil = now + REST_MS;
    const { next } = await this.forget(this.place);
    this.place = next;
    if (next) this.restsUntil = now;
  }
}
