import { Latencies, type Percentiles } from './latencies.js';

const ERRORS_KEPT = 5;

/** What a load has seen in its window. */
export interface Seen {
  /** From the start of a transaction, as it was meant to be, to the answer. */
  readonly decided: Percentiles | null;
  readonly ended: Percentiles | null;
  readonly cancelled: number;
  /** Begins that the coordinator turned down because it had enough to do (429, 503). */
  readonly refused: number;
  /** Transactions of an open loop that were not begun, since too many were under way already. */
  readonly unsent: number;
  readonly errors: number;
  readonly errorSamples: readonly string[];
}

/** Counts what the transactions of a load come to, while its window is open. */
export class Tally {
  readonly #decided = new Latencies();
  readonly #ended = new Latencies();
  readonly #errorSamples: string[] = [];
  #isOpen = false;
  #cancelled = 0;
  #refused = 0;
  #unsent = 0;
  #errors = 0;

  open(): void {
    this.#isOpen = true;
  }

  shut(): Seen {
    this.#isOpen = false;
    return {
      decided: this.#decided.percentiles(),
      ended: this.#ended.percentiles(),
      cancelled: this.#cancelled,
      refused: this.#refused,
      unsent: this.#unsent,
      errors: this.#errors,
      errorSamples: this.#errorSamples,
    };
  }

  /** Since the window was opened. */
  get endedSoFar(): number {
    return this.#ended.count;
  }

  decided(ms: number): void {
    if (this.#isOpen) this.#decided.record(ms);
  }

  ended(ms: number, outcome: 'confirmed' | 'cancelled'): void {
    if (!this.#isOpen) return;
    this.#ended.record(ms);
    if (outcome === 'cancelled') this.#cancelled += 1;
  }

  unsent(): void {
    if (this.#isOpen) this.#unsent += 1;
  }

  refused(): void {
    if (this.#isOpen) this.#refused += 1;
  }

  /** Errors count before and after the window, too: none is to be overlooked. */
  failed(error: unknown): void {
    this.#errors += 1;
    if (this.#errorSamples.length < ERRORS_KEPT) this.#errorSamples.push((error as Error).message);
  }
}
