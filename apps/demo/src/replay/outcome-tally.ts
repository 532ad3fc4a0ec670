import type { Outcome } from './order-outcomes.js';

/** Counts outcomes. */
export class OutcomeTally {
  confirmed = 0;
  unknown = 0;
  rejected = 0;
  private readonly codes = new Map<string, number>();

  add(outcome: Outcome): void {
    if (outcome === 'CONFIRMED') this.confirmed += 1;
    else if (outcome === 'UNKNOWN') this.unknown += 1;
    else if (outcome === 'REJECTED') this.rejected += 1;
    else this.codes.set(outcome, (this.codes.get(outcome) ?? 0) + 1);
  }

  /** How often each code, the most frequent first. */
  get cancelledByCode(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.codes].sort(([, a], [, b]) => b - a));
  }

  get cancelled(): number {
    return [...this.codes.values()].reduce((sum, count) => sum + count, 0);
  }

  get all(): number {
    return this.confirmed + this.cancelled + this.unknown + this.rejected;
  }
}

/** `OUT_OF_STOCK 12, COUPON_USED 3`; empty of none. */
export function codesText(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([code, count]) => `${code} ${count}`)
    .join(', ');
}
