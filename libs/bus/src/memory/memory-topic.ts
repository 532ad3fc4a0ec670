import type { IncomingMessage, OutgoingMessage } from '../bus.js';
import { partitionOf } from '../partition.js';

/** How many messages a partition keeps though everybody has read them. */
const RETAINED = 10_000;
/** How many messages a partition takes that somebody has not read. */
const UNREAD_MAX = 1_000_000;

/** One partition: a list of messages whose oldest go when they are read. */
class MemoryPartition {
  #first = 0;
  #messages: IncomingMessage[] = [];

  constructor(
    private readonly topic: string,
    private readonly partition: number,
  ) {}

  append({ key, headers, value }: OutgoingMessage): void {
    if (this.#messages.length >= UNREAD_MAX) {
      throw new RangeError(`${UNREAD_MAX} messages wait to be read on ${this.topic}/${this.partition}`);
    }
    const { topic, partition } = this;
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    this.#messages.push({ topic, partition, offset: String(this.end), key, headers, value: bytes });
  }

  /** The offset of the oldest message that it keeps. */
  get oldest(): number {
    return this.#first;
  }

  /** The offset that the next message gets. */
  get end(): number {
    return this.#first + this.#messages.length;
  }

  read(from: number, countMax: number): readonly IncomingMessage[] {
    const start = Math.max(from - this.#first, 0);
    return this.#messages.slice(start, start + countMax);
  }

  /** Drops old messages before an offset, in large steps, since each copies what stays. */
  trim(before: number): void {
    const dropped = Math.min(this.#messages.length - RETAINED, before - this.#first);
    if (dropped < RETAINED) return;
    this.#messages = this.#messages.slice(dropped);
    this.#first += dropped;
  }
}

/** A topic of the memory bus. */
export class MemoryTopic {
  readonly #partitions: readonly MemoryPartition[];

  constructor(name: string, partitionCount: number) {
    this.#partitions = Array.from({ length: partitionCount }, (_, index) => new MemoryPartition(name, index));
  }

  get partitionCount(): number {
    return this.#partitions.length;
  }

  /** @returns the partition on which it lies now. */
  append(message: OutgoingMessage): number {
    const partition = partitionOf(message, this.#partitions.length);
    this.#partition(partition).append(message);
    return partition;
  }

  oldest(partition: number): number {
    return this.#partition(partition).oldest;
  }

  end(partition: number): number {
    return this.#partition(partition).end;
  }

  read(partition: number, from: number, countMax: number): readonly IncomingMessage[] {
    return this.#partition(partition).read(from, countMax);
  }

  trim(partition: number, before: number): void {
    this.#partition(partition).trim(before);
  }

  /** What it keeps, partition by partition. */
  messages(): IncomingMessage[] {
    return this.#partitions.flatMap((partition) => partition.read(0, Infinity));
  }

  #partition(index: number): MemoryPartition {
    const partition = this.#partitions[index];
    if (!partition) throw new RangeError(`There is no partition ${index}`);
    return partition;
  }
}
