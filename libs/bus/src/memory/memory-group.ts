import type { TopicPartition } from '../bus.js';

/** A consumer as its group sees it. */
export interface GroupMember {
  readonly topics: readonly string[];
  /** Tells it what it holds from now on. What it has not committed by now comes again. */
  assign(partitions: readonly TopicPartition[]): void;
}

/** The consumers that share the partitions of their topics, and how far they have come. */
export class MemoryGroup {
  readonly #members: GroupMember[] = [];
  readonly #owners = new Map<string, GroupMember>();
  readonly #committed = new Map<string, number>();

  constructor(private readonly partitionCount: (topic: string) => number) {}

  get size(): number {
    return this.#members.length;
  }

  join(member: GroupMember): void {
    this.#members.push(member);
    this.#rebalance();
  }

  leave(member: GroupMember): void {
    const index = this.#members.indexOf(member);
    if (index < 0) return;
    this.#members.splice(index, 1);
    this.#rebalance();
  }

  /** The next message to read. */
  committed({ topic, partition }: TopicPartition): number {
    return this.#committed.get(keyOf(topic, partition)) ?? 0;
  }

  /** A commit of somebody who does not hold the partition any more is left out. */
  commit(member: GroupMember, { topic, partition }: TopicPartition, offset: number): void {
    const key = keyOf(topic, partition);
    if (this.#owners.get(key) === member) this.#committed.set(key, offset);
  }

  /** Whether it reads the topic or has read it. */
  knows(topic: string): boolean {
    return this.#owners.has(keyOf(topic, 0));
  }

  /** Deals out the partitions of each topic to its members in turn, as Kafka's round robin does. */
  #rebalance(): void {
    const shares = new Map<GroupMember, TopicPartition[]>(this.#members.map((member) => [member, []]));
    const topics = new Set(this.#members.flatMap((member) => member.topics));
    let turn = 0;
    for (const topic of [...topics].sort()) {
      const readers = this.#members.filter((member) => member.topics.includes(topic));
      for (let partition = 0; partition < this.partitionCount(topic); partition++, turn++) {
        const reader = readers[turn % readers.length] as GroupMember;
        shares.get(reader)?.push({ topic, partition });
        this.#owners.set(keyOf(topic, partition), reader);
      }
    }
    for (const [member, share] of shares) member.assign(share);
  }
}

function keyOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}
