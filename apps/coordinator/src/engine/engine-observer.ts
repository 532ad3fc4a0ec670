import type { Transaction } from '@holdfast/core';

/** What the engine lets others count and log. */
export interface EngineObserver {
  begun(transaction: Transaction): void;
  ended(transaction: Transaction): void;
  /** A round of `inputs` events led to `saved` rows in `durationMs`. */
  round(inputs: number, saved: number, durationMs: number): void;
  /** A batch of `begun` transactions was inserted. */
  beginBatch(begun: number, durationMs: number): void;
  /** Another coordinator had saved a newer state. */
  lostSave(): void;
  /** @param xid the transaction that is concerned, where it is one. */
  failed(what: string, error: Error, xid?: string): void;
}
