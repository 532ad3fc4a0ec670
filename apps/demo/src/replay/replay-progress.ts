import { outcomeOf } from './order-outcomes.js';
import type { AnsweredOrder } from './order-queue.js';
import { codesText, OutcomeTally } from './outcome-tally.js';

/** How far a replay is, in one line. */
export class ReplayProgress {
  private readonly startedAt = performance.now();
  private readonly tally = new OutcomeTally();
  private sent = 0;

  /** @param orders how many it will be. */
  constructor(private readonly orders: number) {}

  addSent(orders: number): void {
    this.sent += orders;
  }

  addAnswered(order: AnsweredOrder): void {
    this.tally.add(outcomeOf(order));
  }

  line(): string {
    const { all, confirmed, cancelled, cancelledByCode, unknown, rejected } = this.tally;
    const perSecond = (all * 1000) / (performance.now() - this.startedAt);
    const codes = codesText(cancelledByCode);
    return [
      `${this.sent} of ${this.orders} sent`,
      `${this.sent - all} in flight`,
      `${perSecond.toFixed(0)} a second`,
      `${confirmed} confirmed`,
      `${cancelled} cancelled${codes && ` (${codes})`}`,
      ...(unknown + rejected > 0 ? [`${unknown} unknown, ${rejected} rejected`] : []),
    ].join(', ');
  }
}
