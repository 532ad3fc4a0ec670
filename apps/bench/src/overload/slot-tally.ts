import { Tally } from '../load/tally.js';
import type { Slots } from './slots.js';

/** Counts, and tells each slice of time what became of it. */
export class SlotTally extends Tally {
  constructor(private readonly slots: Slots) {
    super();
  }

  override ended(ms: number, outcome: 'confirmed' | 'cancelled'): void {
    this.slots.ended(performance.now() - ms, ms);
    super.ended(ms, outcome);
  }

  override refused(): void {
    this.slots.refused(performance.now());
    super.refused();
  }
}
