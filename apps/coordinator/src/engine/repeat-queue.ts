import type { IdempotencyKey, RepeatedOutcome, TransactionStore } from '@holdfast/store';

/** The most keys that are looked up together. */
const BATCH_MAX = 1_000;

interface Pending {
  readonly key: IdempotencyKey;
  readonly resolve: (outcome: RepeatedOutcome | undefined) => void;
  readonly reject: (error: Error) => void;
}

/** Looks up what begins repeat: one statement is under way, what arrives meanwhile is the next. */
export class RepeatQueue {
  private pending: Pending[] = [];
  private running = false;

  constructor(private readonly store: Pick<TransactionStore, 'repeated'>) {}

  /** What a begin with this key repeats; undefined if none was saved. */
  outcome(key: IdempotencyKey): Promise<RepeatedOutcome | undefined> {
    return new Promise((resolve, reject) => {
      this.pending.push({ key, resolve, reject });
      void this.run();
    });
  }

  private async run(): Promise<void> {
    if (this.running) return;
    this.running = true;
    while (this.pending.length > 0) {
      // The next turn of the event loop: what arrives in this one shares the statement.
      await new Promise((resolve) => setImmediate(resolve));
      await this.look(this.pending.splice(0, BATCH_MAX));
    }
    this.running = false;
  }

  private async look(batch: readonly Pending[]): Promise<void> {
    try {
      const outcomes = await this.store.repeated(batch.map(({ key }) => key));
      batch.forEach(({ resolve }, i) => resolve(outcomes[i]));
    } catch (error) {
      for (const { reject } of batch) reject(error as Error);
    }
  }
}
