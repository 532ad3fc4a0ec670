import type { Subscription } from '@holdfast/bus';

/** The partition on which this instance listens for replies: every command names it. */
export class ReplyAddress {
  private subscription: Subscription | undefined;
  private lastPartition = 0;

  follow(subscription: Subscription): void {
    this.subscription = subscription;
  }

  /** A partition whose replies come here. While partitions change hands it is the last one known. */
  partition(): number {
    const own = this.subscription?.assignment()[0];
    if (own) this.lastPartition = own.partition;
    return this.lastPartition;
  }
}
