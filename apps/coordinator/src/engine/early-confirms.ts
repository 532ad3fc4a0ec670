import { setTimeout as delay } from 'node:timers/promises';
import type { Held } from './held-transactions.js';
import type { Input } from './input.js';

/** How long they wait each time, in milliseconds. */
const WAIT_MS = 50;

/**
 * What the database did not take, maybe because a Confirm has a time which by its clock has not come: that clock may be
 * behind the one here. It is decided again in a moment, and so on until that clock has caught up.
 */
export class EarlyConfirms {
  private readonly inputs: Input[] = [];
  private waiting: Promise<void> | undefined;

  /** @param decide takes them once they have waited. */
  constructor(private readonly decide: (inputs: readonly Input[]) => void) {}

  /** Whether a lost save may have been one. */
  static mayBe({ saved, current }: Pick<Held, 'saved' | 'current'>): boolean {
    return saved.phase === 'trying' && current.phase === 'confirming' && current.confirmNotBefore !== null;
  }

  add(inputs: readonly Input[]): void {
    this.inputs.push(...inputs);
    this.waiting ??= delay(WAIT_MS).then(() => {
      this.waiting = undefined;
      this.decide(this.inputs.splice(0));
    });
  }

  /** Resolves once those that wait now are decided on; undefined if none do. */
  get decided(): Promise<void> | undefined {
    return this.waiting;
  }
}
