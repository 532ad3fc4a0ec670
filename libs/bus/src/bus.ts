/** A message as it lies on a topic. */
export interface OutgoingMessage {
  readonly topic: string;
  /**
   * The ordering key: messages of one key and topic arrive in the order in which they were published, unless they are
   * packed. Null is for a dead letter whose message had none.
   */
  readonly key: string | null;
  /**
   * Overrides the partition that the key would choose: a command names the partition on which it wants its reply. One
   * that the topic does not have is ignored.
   */
  readonly partition?: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, or null for none. A dead letter carries the bytes that arrived, whatever they were. */
  readonly value: string | Buffer | null;
  /**
   * Whether it may share a record with others of its call and, where it names no partition, go to any: much cheaper.
   * Such messages have no order then, not even those of one key. Only readers on this bus take such records apart; a
   * position in the topic is that of several messages.
   */
  readonly packs?: boolean;
}

/**
 * A message as it arrived. Nothing about it is trusted yet: `decode` makes a typed value of it or throws. Bytes of key
 * and headers that are no UTF-8 read as U+FFFD; of headers with one name the last counts.
 */
export interface IncomingMessage {
  readonly topic: string;
  readonly partition: number;
  /** Position in the partition, a decimal number as text, as Kafka gives it; of all messages of a record the same. */
  readonly offset: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: Buffer | null;
}

/** A decoded message together with what arrived, which a dead letter has to repeat. */
export interface Delivery<T> {
  readonly message: IncomingMessage;
  readonly body: T;
}

export interface SubscribeOptions<T> {
  /** Consumers of one group share the partitions of the topics between them. A new group begins with the oldest message. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Makes a typed value of a message. If it throws, the message goes to the topic's dead letters with the error's
   * text as the reason, and the others of its batch go on.
   */
  decode(message: IncomingMessage): T;
  /**
   * Takes what has arrived on all assigned partitions since the last call, in order within each partition. One call
   * runs at a time; what arrives meanwhile is the next batch. When it resolves, the offsets are committed soon. When it
   * rejects, the batch is delivered again after a pause (50 ms, doubled up to 2 s), with the heartbeat kept: reject
   * only for what heals (a database that is away), never for a bad message. While the group rebalances, a partition
   * may already be read by its next consumer when a call that has it still runs.
   */
  handle(batch: readonly Delivery<T>[]): Promise<void>;
  /** The most messages one call of `handle` gets. Default 2,000. */
  readonly batchSizeMax?: number;
}

/** A partition of a topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** A group of consumers and a topic that it reads. */
export interface Reader {
  readonly group: string | null;
  readonly topic: string;
}

/** A running consumer. It rebuilds itself when the client library gives it up; until then `ready()` is false. */
export interface Subscription {
  /** The partitions that this consumer holds now; they change when consumers come and go. */
  assignment(): readonly TopicPartition[];
  ready(): boolean;
  /** Lets the running batch end, commits its offsets and leaves the group. */
  close(): Promise<void>;
}

/** The next offset of each partition that somebody has not read. */
export type Position = ReadonlyMap<number, bigint>;

export interface TailOptions {
  readonly topic: string;
  /** Where to begin; at the end of the topic where none is given. A partition that it does not name begins at its oldest. */
  readonly from?: Position;
  /** Takes what has arrived on one partition, in order. */
  handle(messages: readonly IncomingMessage[]): void;
  /** Called once if it can't go on by itself. */
  lost(error: Error): void;
}

/** Somebody who reads a topic along without being a group: nothing is committed, and nobody shares it. */
export interface Tail {
  /** Where it began. */
  readonly start: Position;
  close(): Promise<void>;
}

/** A position of which messages are gone, or which the topic has not reached: it is another topic by now. */
export class PositionGone extends Error {
  override readonly name = 'PositionGone';
}

/**
 * At-least-once messages between services. Receivers are idempotent; nothing relies on exactly-once delivery.
 * Two adapters, Kafka and memory, pass one contract suite.
 */
export interface Bus {
  /**
   * Publishes and resolves when all brokers in sync have acknowledged all messages. One request is under way at a
   * time; what is published meanwhile forms the next, so callers need no batching of their own. Messages of one call
   * keep their order within a partition. It rejects when it gave up; some messages may have been written then. A
   * message for a topic that does not exist is left out, and the call rejects once the others are written.
   */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Resolves when the consumer has joined its group; until then it keeps trying. Rejects if the bus is closed, or a
   * topic does not exist.
   */
  subscribe<T>(options: SubscribeOptions<T>): Promise<Subscription>;
  /** Sends a message to `<topic>.dlq` as it arrived, with its headers, its place of origin and the reason. */
  deadLetter(message: IncomingMessage, reason: string): Promise<void>;
  /** Whether what is published gets through, as far as it is known; where it is not, it is tried to connect. */
  canPublish(): Promise<boolean>;
  /**
   * How many messages lie on each topic that its group has not committed yet: all that are kept where the group never
   * read, or is null for nobody. Of a topic that does not exist, none.
   */
  lag(readers: readonly Reader[]): Promise<number[]>;
  /** How many consumers each group has now; none where there is no such group. */
  consumers(groups: readonly string[]): Promise<number[]>;
  /**
   * Reads a topic along from a position, all partitions of it.
   * @throws PositionGone if that can't be done without a gap.
   */
  tail(options: TailOptions): Promise<Tail>;
  /** Closes all subscriptions and tails, lets what is being published end, and disconnects. */
  close(): Promise<void>;
}
