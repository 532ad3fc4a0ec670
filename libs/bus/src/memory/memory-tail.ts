import type { Position, Tail, TailOptions } from '../bus.js';
import { tailStart } from '../tail-start.js';
import type { MemoryBroker } from './memory-broker.js';

/** Reads a topic of the memory bus along. */
export class MemoryTail implements Tail {
  readonly start: Position;
  readonly #next: Map<number, bigint>;
  readonly #unwatch: () => void;
  #reading = false;

  constructor(
    private readonly broker: MemoryBroker,
    private readonly options: TailOptions,
  ) {
    const topic = broker.topic(options.topic);
    const spans = Array.from({ length: topic.partitionCount }, (_, partition) => ({
      partition,
      oldest: BigInt(topic.oldest(partition)),
      next: BigInt(topic.end(partition)),
    }));
    this.start = tailStart(spans, options.from);
    this.#next = new Map(this.start);
    this.#unwatch = broker.watch([options.topic], () => this.#wake());
    this.#wake();
  }

  async close(): Promise<void> {
    this.#unwatch();
    this.#reading = true;
  }

  /** In the next turn, so that nobody who publishes waits for it. */
  #wake(): void {
    if (this.#reading) return;
    this.#reading = true;
    setImmediate(() => {
      this.#reading = false;
      this.#read();
    });
  }

  #read(): void {
    const topic = this.broker.topic(this.options.topic);
    for (const [partition, next] of this.#next) {
      const messages = topic.read(partition, Number(next), Infinity);
      if (messages.length === 0) continue;
      this.#next.set(partition, next + BigInt(messages.length));
      this.options.handle(messages);
    }
  }
}
