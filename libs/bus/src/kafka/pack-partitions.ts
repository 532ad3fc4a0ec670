/** So many messages of a request go to one partition before the next one gets some. */
const FILL = 200;

/**
 * Chooses partitions for messages that may go to any. Those of one request fill as few as they can, since client and
 * broker pay for each batch of a partition as much as for dozens of messages in it; a big request is spread, so that
 * all instances of a service get their share of it, and each request begins at another partition than the last.
 */
export class PackPartitions {
  #turn = 0;
  /** How many messages of this request each topic has. */
  readonly #counts = new Map<string, number>();

  /** A new request begins. */
  turn(): void {
    this.#turn++;
    this.#counts.clear();
  }

  /** The partition of the topic's next message. */
  next(topic: string, partitionCount: number): number {
    const before = this.#counts.get(topic) ?? 0;
    this.#counts.set(topic, before + 1);
    return (this.#turn + Math.floor(before / FILL)) % partitionCount;
  }
}
