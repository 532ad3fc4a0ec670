import { setImmediate as turn } from 'node:timers/promises';
import { backoff } from '../backoff.js';
import type { OutgoingMessage, Subscription, TopicPartition } from '../bus.js';
import type { Intake } from '../intake.js';
import type { MemoryBroker } from './memory-broker.js';
import type { GroupMember, MemoryGroup } from './memory-group.js';

/** The most messages of one partition that are read at once. */
const READ_MAX = 1_000;

/** Where this consumer stands in one of its partitions. */
interface Place extends TopicPartition {
  /** The next message to read. */
  offset: number;
  /** Its dead letters can't be written: it waits, the others go on. */
  waits: boolean;
}

export class MemorySubscription<T> implements Subscription, GroupMember {
  readonly topics: readonly string[];
  readonly #group: MemoryGroup;
  readonly #unwatch: () => void;
  #places: readonly Place[] = [];
  /** Not aborted while the places are this consumer's. */
  #membership = new AbortController();
  #reading: Promise<void> | undefined;
  #closed = false;

  constructor(
    private readonly broker: MemoryBroker,
    group: string,
    topics: readonly string[],
    private readonly intake: Intake<T>,
  ) {
    this.topics = topics;
    this.#group = broker.group(group);
    this.#unwatch = broker.watch(topics, () => this.#wake());
    this.#group.join(this);
  }

  assignment(): readonly TopicPartition[] {
    return this.#places.map(({ topic, partition }) => ({ topic, partition }));
  }

  ready(): boolean {
    return !this.#closed;
  }

  assign(partitions: readonly TopicPartition[]): void {
    this.#membership.abort();
    this.#membership = new AbortController();
    this.intake.inbox.giveUp();
    this.#places = partitions.map((place) => ({
      ...place,
      offset: this.#group.committed(place),
      waits: false,
    }));
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.intake.inbox.giveUp();
    await this.#reading;
    this.crash();
  }

  /** Leaves the group at once. What its handler still does is not committed. */
  crash(): void {
    this.#closed = true;
    this.#membership.abort();
    this.#places = [];
    this.intake.inbox.giveUp();
    this.#unwatch();
    this.#group.leave(this);
  }

  #wake(): void {
    if (!this.#closed) this.#reading ??= this.#read();
  }

  async #read(): Promise<void> {
    // What is published in one turn of the event loop arrives together.
    await turn();
    while (!this.#closed) {
      const full = this.#places.filter(({ waits, topic, partition, offset }) => {
        return !waits && this.broker.topic(topic).end(partition) > offset;
      });
      if (full.length === 0) break;
      await Promise.all(full.map((place) => this.#process(place)));
    }
    this.#reading = undefined;
  }

  async #process(place: Place): Promise<void> {
    const membership = this.#membership.signal;
    const messages = this.broker.topic(place.topic).read(place.partition, place.offset, READ_MAX);
    const { handled, unburied } = await this.intake.take(messages);
    if (!handled || membership.aborted) return;
    const next = Number(messages.at(-1)?.offset) + 1;
    if (unburied.length === 0) this.#done(place, next);
    else void this.#setAside(place, next, unburied, membership);
  }

  #done(place: Place, next: number): void {
    place.offset = next;
    this.#group.commit(this, place, next);
  }

  async #setAside(
    place: Place,
    next: number,
    unburied: readonly OutgoingMessage[],
    membership: AbortSignal,
  ): Promise<void> {
    place.waits = true;
    for (let failures = 1; await backoff(failures, membership); failures++) {
      if (await this.intake.bury(unburied)) break;
    }
    if (membership.aborted) return;
    this.#done(place, next);
    place.waits = false;
    this.#wake();
  }
}
