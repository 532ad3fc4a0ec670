import type { Message, Producer } from 'kafkajs';
import { backoff } from '../backoff.js';
import type { OutgoingMessage } from '../bus.js';
import { partitionOf } from '../partition.js';
import { kafkaClient, type KafkaConnection, STEP_RETRY } from './kafka-client.js';
import { mayHeal } from './kafka-errors.js';
import { PublishQueue } from './publish-queue.js';
import { PackPartitions } from './pack-partitions.js';
import { packed } from './record-pack.js';

const ACKS_ALL_IN_SYNC = -1;

/**
 * How long a request is tried again while brokers are away; then the caller hears of it, who can send again. With one
 * request under way a repeated one keeps the order.
 */
const PATIENCE_MS = 10_000;
/** How long a broker waits for the others in sync: less than the client waits for the broker. */
const ACKS_TIMEOUT_MS = 10_000;

/** Below the 1 MiB that a topic takes as one batch unless it is told otherwise. */
const REQUEST_BYTES_MAX = 900 * 1024;
/** kafkajs copies the list of a partition's messages for each message that it adds to it. */
const REQUEST_MESSAGES_MAX = 2_000;
const WAITING_BYTES_MAX = 64 * 1024 * 1024;

/**
 * Publishes through kafkajs. It connects with the first message, and a kafkajs producer that gave up is replaced.
 *
 * Not idempotent in Kafka's sense, on purpose: that mode of kafkajs takes a sequence number back when a request fails
 * and gives it to the next messages. If the request had been written nevertheless, the broker takes those for repeats,
 * acknowledges and drops them. Without it a repeated request may be written twice, which receivers have to stand
 * anyway.
 */
export class KafkaProducer {
  readonly #queue: PublishQueue;
  #producer: Promise<Producer> | undefined;
  /** Whether brokers took what was last sent, or at least a connection since. */
  #works = false;
  /** How many partitions topics have, as kafkajs last said it. */
  readonly #partitionCounts = new Map<string, number>();
  readonly #packPartitions = new PackPartitions();

  constructor(
    private readonly connection: KafkaConnection,
    messageBytesMax: number,
  ) {
    this.#queue = new PublishQueue((messages) => this.#send(messages), {
      requestBytesMax: REQUEST_BYTES_MAX,
      requestMessagesMax: REQUEST_MESSAGES_MAX,
      messageBytesMax,
      waitingBytesMax: WAITING_BYTES_MAX,
    });
  }

  publish(messages: readonly OutgoingMessage[]): Promise<void> {
    return this.#queue.publish(messages);
  }

  /** Whether what is published gets through; where that is not known it is tried to connect. */
  async ready(): Promise<boolean> {
    if (this.#works) return true;
    try {
      this.#producer ??= this.#connect();
      await this.#producer;
      this.#works = true;
    } catch {
      void this.#discard();
    }
    return this.#works;
  }

  /** Lets what is being published end, and disconnects. */
  async close(): Promise<void> {
    await this.#queue.idle();
    await this.#discard();
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<void> {
    this.#packPartitions.turn();
    const topicMessages = byTopic(packed(messages, (message) => this.#partitionOf(message)));
    const endsAt = performance.now() + PATIENCE_MS;
    for (let failures = 1; ; failures++) {
      try {
        this.#producer ??= this.#connect();
        const producer = await this.#producer;
        await producer.sendBatch({ acks: ACKS_ALL_IN_SYNC, timeout: ACKS_TIMEOUT_MS, topicMessages });
        this.#works = true;
        return;
      } catch (error) {
        this.#works = false;
        void this.#discard();
        if (!mayHeal(error) || performance.now() > endsAt) throw error;
        this.connection.log('warn', 'messages were not acknowledged and are sent again', {
          error: String(error),
          failures,
        });
      }
      await backoff(failures);
    }
  }

  #partitionOf(message: OutgoingMessage): number | undefined {
    const count = this.#partitionCounts.get(message.topic);
    if (count === undefined) return undefined;
    return message.partition === undefined
      ? this.#packPartitions.next(message.topic, count)
      : partitionOf(message, count);
  }

  async #connect(): Promise<Producer> {
    const producer = kafkaClient(this.connection).producer({
      allowAutoTopicCreation: false,
      retry: STEP_RETRY,
      createPartitioner:
        () =>
        ({ topic, message, partitionMetadata }) => {
          this.#partitionCounts.set(topic, partitionMetadata.length);
          return partitionOf(message as { key: string | null; partition?: number }, partitionMetadata.length);
        },
    });
    await producer.connect();
    return producer;
  }

  async #discard(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    try {
      await (await producer)?.disconnect();
    } catch (error) {
      this.connection.log('debug', 'a producer did not disconnect', { error: String(error) });
    }
  }
}

/** Our messages have the shape of kafkajs', so that they pass without a copy. */
function byTopic(messages: readonly OutgoingMessage[]): { topic: string; messages: Message[] }[] {
  const topics = new Map<string, Message[]>();
  for (const message of messages) {
    const list = topics.get(message.topic);
    if (list) list.push(message);
    else topics.set(message.topic, [message]);
  }
  return [...topics].map(([topic, list]) => ({ topic, messages: list }));
}
