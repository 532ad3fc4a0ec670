import type { Transactions } from './transactions.js';

/** A load that goes on until it is told to end. */
export interface RunningLoad {
  /** Begins no more, and resolves when all have ended. */
  end(): Promise<void>;
}

/** Keeps a number of transactions in flight: whenever one ends, the next begins. */
export class ClosedLoop implements RunningLoad {
  #isRunning = true;
  readonly #workers: Promise<void>[];

  constructor(transactions: Transactions, inFlight: number) {
    this.#workers = Array.from({ length: inFlight }, async () => {
      while (this.#isRunning) await transactions.next(performance.now());
    });
  }

  async end(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#workers);
  }
}
