import type { IncomingMessage, OutgoingMessage, Reader } from '../bus.js';
import type { BusLog } from '../bus-log.js';
import { type FaultOptions, Faults } from './faults.js';
import { MemoryGroup } from './memory-group.js';
import { MemoryTopic } from './memory-topic.js';

export interface MemoryBrokerOptions {
  /** Partitions of each topic. Default 3. */
  readonly partitions?: number;
  /** What goes wrong between publishers and topics. Default nothing. */
  readonly faults?: FaultOptions;
  readonly log?: BusLog;
}

const PARTITIONS_DEFAULT = 3;

/** What the buses of one process share: topics, which come into being when they are first named, and groups. */
export class MemoryBroker {
  readonly log: BusLog;
  readonly #partitions: number;
  readonly #faults: Faults | undefined;
  readonly #topics = new Map<string, MemoryTopic>();
  readonly #groups = new Map<string, MemoryGroup>();
  /** Who reads a topic and is told when something comes. */
  readonly #readers = new Map<string, Set<() => void>>();

  constructor(options: MemoryBrokerOptions = {}) {
    this.log = options.log ?? (() => undefined);
    this.#partitions = options.partitions ?? PARTITIONS_DEFAULT;
    this.#faults = options.faults && new Faults(options.faults, (message) => this.#write(message));
  }

  topic(name: string): MemoryTopic {
    return valueOf(this.#topics, name, () => new MemoryTopic(name, this.#partitions));
  }

  group(name: string): MemoryGroup {
    return valueOf(this.#groups, name, () => new MemoryGroup((topic) => this.topic(topic).partitionCount));
  }

  publish(messages: readonly OutgoingMessage[]): void {
    for (const message of messages) {
      if (this.#faults) this.#faults.publish(message);
      else this.#write(message);
    }
  }

  /** Whether faults hold messages back that will still be written. */
  holdsBack(): boolean {
    return this.#faults?.holdsBack() ?? false;
  }

  /** What lies on a topic, partition by partition: for tests, which look at dead letters with it. */
  messages(topic: string): IncomingMessage[] {
    return this.topic(topic).messages();
  }

  /** How many messages of a topic a group has not committed yet. */
  lag({ group, topic }: Reader): number {
    const log = this.topic(topic);
    const partitions = Array.from({ length: log.partitionCount }, (_, partition) => partition);
    const from = (partition: number) =>
      group === null ? 0 : (this.#groups.get(group)?.committed({ topic, partition }) ?? 0);
    return partitions.reduce(
      (sum, partition) => sum + log.read(partition, from(partition), Infinity).length,
      0,
    );
  }

  /** Calls `wake` after each message on one of the topics, until the returned function is called. */
  watch(topics: readonly string[], wake: () => void): () => void {
    for (const topic of topics) valueOf(this.#readers, topic, () => new Set()).add(wake);
    return () => {
      for (const topic of topics) this.#readers.get(topic)?.delete(wake);
    };
  }

  #write(message: OutgoingMessage): void {
    const topic = this.topic(message.topic);
    const partition = topic.append(message);
    topic.trim(partition, this.#readByAll(message.topic, partition));
    for (const wake of this.#readers.get(message.topic) ?? []) wake();
  }

  #readByAll(topic: string, partition: number): number {
    const committed = [...this.#groups.values()]
      .filter((group) => group.knows(topic))
      .map((group) => group.committed({ topic, partition }));
    return Math.min(this.topic(topic).end(partition), ...committed);
  }
}

function valueOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
