import { setTimeout as delay } from 'node:timers/promises';
import type { Bus, OutgoingMessage } from '@holdfast/bus';

/** Requests are a millisecond apart for so many other transactions in flight, but never more than the most. */
const OTHERS_PER_MS = 3;
const GAP_MS_MAX = 40;

/**
 * Publishes what a coordinator has to say, as requests that are a little apart where much is under way. Each request
 * makes every participant that it names fetch, commit and answer once, which costs nearly as much for one command as
 * for a hundred: the gap fills those rounds. A transaction that is alone waits for nobody (docs/decisions/0011).
 */
export class CommandPace {
  private waiting: OutgoingMessage[] = [];
  private next: Promise<void> | undefined;
  private publishedAt = -Infinity;
  private published: Promise<void> = Promise.resolve();

  /** @param inFlight how many transactions go on, as of now. */
  constructor(
    private readonly bus: Pick<Bus, 'publish'>,
    private readonly inFlight: () => number,
  ) {}

  /** Resolves once the bus has acknowledged all of them. */
  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return Promise.resolve();
    for (const message of messages) this.waiting.push(message);
    if (this.next) return this.next;
    const gapMs = Math.min(GAP_MS_MAX, (this.inFlight() - 1) / OTHERS_PER_MS);
    const waitMs = this.publishedAt + gapMs - performance.now();
    if (waitMs <= 0) return this.publishNow();
    this.next = delay(waitMs).then(() => this.publishNow());
    return this.next;
  }

  /** Resolves when nothing waits for its time any more, and the bus has answered to what was published. */
  async idle(): Promise<void> {
    await this.next?.catch(() => undefined);
    await this.published.catch(() => undefined);
  }

  private publishNow(): Promise<void> {
    const messages = this.waiting;
    this.waiting = [];
    this.next = undefined;
    this.publishedAt = performance.now();
    this.published = this.bus.publish(messages);
    return this.published;
  }
}
