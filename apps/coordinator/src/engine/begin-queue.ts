import type { Step } from '@holdfast/core';
import type {
  BeginItem,
  BeginOutcome,
  IdempotencyKey,
  RepeatedOutcome,
  TransactionStore,
} from '@holdfast/store';
import type { Engine } from './engine.js';
import type { EngineObserver } from './engine-observer.js';
import { RepeatQueue } from './repeat-queue.js';

/** The most begins that are saved together. */
const BATCH_MAX = 1_000;

interface Pending {
  readonly step: Step;
  readonly key: IdempotencyKey | null;
  readonly resolve: (outcome: BeginOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** Saves begins that arrive together in one statement: one batch is under way, what arrives meanwhile is the next. */
export class BeginQueue {
  private pending: Pending[] = [];
  private running = false;
  private readonly repeats: RepeatQueue;

  constructor(
    private readonly store: TransactionStore,
    private readonly engine: Engine,
    private readonly observer: EngineObserver,
  ) {
    this.repeats = new RepeatQueue(store);
  }

  /**
   * Begins a transaction; resolves when that is durable, or with whose key it was.
   * @param step what the core's `begin` gave.
   * @throws if the row can't be stored, or if it is unknown whether it was.
   */
  begin(step: Step, key: IdempotencyKey | null): Promise<BeginOutcome> {
    return new Promise((resolve, reject) => {
      this.pending.push({ step, key, resolve, reject });
      void this.run();
    });
  }

  /** What a begin with this key repeats; undefined if none was saved. */
  repeated(key: IdempotencyKey): Promise<RepeatedOutcome | undefined> {
    return this.repeats.outcome(key);
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    while (this.pending.length > 0) {
      // The next turn of the event loop: what arrives in this one shares the batch.
      await new Promise((resolve) => setImmediate(resolve));
      await this.save(this.takeBatch());
    }
    this.running = false;
  }

  /** A batch in which no key stands twice; a repeat waits for the batch after the first one's. */
  private takeBatch(): Pending[] {
    const keys = new Set<string>();
    const batch: Pending[] = [];
    const rest: Pending[] = [];
    for (const each of this.pending) {
      const key = each.key && `${each.key.scope}\n${each.key.key}`;
      if (batch.length >= BATCH_MAX || (key !== null && keys.has(key))) rest.push(each);
      else batch.push(each);
      if (key !== null) keys.add(key);
    }
    this.pending = rest;
    return batch;
  }

  private async save(batch: readonly Pending[]): Promise<void> {
    const startedAt = performance.now();
    const items = batch.map(({ step, key }) => ({ transaction: step.transaction, key }));
    try {
      const outcomes = await this.store.begin(items);
      const begun: Step[] = [];
      batch.forEach((each, i) => {
        const outcome = outcomes.get(items[i] as BeginItem);
        if (outcome === undefined || outcome instanceof Error) {
          each.reject(outcome ?? new Error('a begin got no outcome'));
          return;
        }
        if (outcome.type === 'begun') begun.push(each.step);
        each.resolve(outcome);
      });
      this.engine.begun(begun);
      for (const { transaction } of begun) this.observer.begun(transaction);
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
    this.observer.beginBatch(batch.length, performance.now() - startedAt);
  }
}
