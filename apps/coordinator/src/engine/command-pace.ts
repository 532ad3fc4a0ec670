import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, OutgoingMessage } from '@holdfast/bus';

/** Requests are a millisecond apart for so many other transactions in flight, but never more than the most. */
const OTHERS_PER_MS = 6;
const GAP_MS_MAX = 20;

/**
 * Hands what a coordinator has to say to the bus a little apart where much is under way; the bus makes one request of
 * what it gets at once. Each request makes every participant that it names fetch, commit and answer once, which costs
 * nearly as much for one command as for a hundred: the gap fills those rounds. A transaction that is alone waits for
 * nobody (docs/decisions/0011).
 */
export class CommandPace {
  /** Resolves when the gap is over; undefined while nobody waits for that. */
  private gap: Promise<void> | undefined;
  private publishedAt = -Infinity;
  private readonly underWay = new Set<Promise<void>>();

  /** @param inFlight how many transactions go on, as of now. */
  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly inFlight: () => number,
  ) {}

  /** Resolves once the bus has acknowledged all of them; calls that share a request fail each for itself. */
  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    const published = this.inTime(() => this.bus.publish(messages));
    const done = () => void this.underWay.delete(published);
    this.underWay.add(published);
    published.then(done, done);
    return published;
  }

  /** Resolves when the bus has answered to all that it was given, and nothing waits for its time. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.underWay);
  }

  private inTime(publish: () => Promise<void>): Promise<void> {
    if (this.gap) return this.gap.then(publish);
    const gapMs = Math.min(GAP_MS_MAX, (this.inFlight() - 1) / OTHERS_PER_MS);
    const waitMs = this.publishedAt + gapMs - performance.now();
    if (waitMs <= 0) {
      this.publishedAt = performance.now();
      return publish();
    }
    this.gap = delay(waitMs).then(() => {
      this.gap = undefined;
      this.publishedAt = performance.now();
    });
    return this.gap.then(publish);
  }
}
