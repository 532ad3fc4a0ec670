import type {
  Bus,
  IncomingMessage,
  OutgoingMessage,
  Reader,
  SubscribeOptions,
  Subscription,
  Tail,
  TailOptions,
} from '../bus.js';
import { deadLetterOf } from '../dead-letter.js';
import { Intake } from '../intake.js';
import type { KafkaConnection } from './kafka-client.js';
import { kafkaLag } from './kafka-lag.js';
import { KafkaProducer } from './kafka-producer.js';
import { KafkaSubscription } from './kafka-subscription.js';
import { countConsumers } from './kafka-survey.js';
import { KafkaTail } from './kafka-tail.js';
import { DEAD_LETTER_BYTES_MAX, MESSAGE_BYTES_MAX, missingTopics } from './kafka-topics.js';
import { KnownTopics } from './known-topics.js';

export interface KafkaBusOptions extends KafkaConnection {
  /**
   * After this long without a sign of life a consumer's partitions go to others. Default 10 s; brokers allow 6 s to
   * 30 min unless they are told otherwise.
   */
  readonly sessionTimeoutMs?: number;
}

const SESSION_TIMEOUT_MS_DEFAULT = 10_000;

/** The bus over Kafka, by kafkajs. It connects when it is first used, and goes on by itself after a broker's outage. */
export class KafkaBus implements Bus {
  readonly #producer: KafkaProducer;
  /** Of their own, so that a topic of dead letters that can't be written holds up nothing else. */
  readonly #deadLetters: KafkaProducer;
  readonly #topics: KnownTopics;
  readonly #subscriptions = new Set<Subscription>();
  readonly #tails = new Set<Tail>();
  /** How many calls are looking for their topics. */
  #looking = 0;
  #drained = false;
  #closed: Promise<void> | undefined;

  constructor(private readonly options: KafkaBusOptions) {
    this.#producer = new KafkaProducer(options, MESSAGE_BYTES_MAX);
    this.#deadLetters = new KafkaProducer(options, DEAD_LETTER_BYTES_MAX);
    this.#topics = new KnownTopics((names) => missingTopics(options, names));
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#publish(this.#producer, messages);
  }

  async subscribe<T>(options: SubscribeOptions<T>): Promise<Subscription> {
    const missing = this.#closed ? [] : await this.#missingTopics(options.topics);
    if (this.#closed) throw new Error('The bus is closed');
    if (missing.length > 0) throw new Error(noTopic(missing));
    const { sessionTimeoutMs = SESSION_TIMEOUT_MS_DEFAULT, log } = this.options;
    const subscription = new KafkaSubscription(
      { connection: this.options, group: options.group, topics: options.topics, sessionTimeoutMs },
      new Intake(options, (letters) => this.#publish(this.#deadLetters, letters), log),
    );
    this.#subscriptions.add(subscription);
    void subscription.ended.then(() => this.#subscriptions.delete(subscription));
    await subscription.joined;
    return subscription;
  }

  async deadLetter(message: IncomingMessage, reason: string): Promise<void> {
    await this.#publish(this.#deadLetters, [deadLetterOf(message, reason)]);
  }

  async canPublish(): Promise<boolean> {
    return !this.#closed && (await this.#producer.ready());
  }

  lag(readers: readonly Reader[]): Promise<number[]> {
    return kafkaLag(this.options, readers);
  }

  consumers(groups: readonly string[]): Promise<number[]> {
    return countConsumers(this.options, groups);
  }

  async tail(options: TailOptions): Promise<Tail> {
    if (this.#closed) throw new Error('The bus is closed');
    const tail = await KafkaTail.open(this.options, options);
    this.#tails.add(tail);
    return {
      start: tail.start,
      close: () => {
        this.#tails.delete(tail);
        return tail.close();
      },
    };
  }

  /** None where Kafka does not answer: a subscription waits for that. For a missing topic it would wait without a word. */
  async #missingTopics(names: readonly string[]): Promise<string[]> {
    try {
      return await missingTopics(this.options, names);
    } catch {
      return [];
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Handlers that still run may publish until they are done.
    const reading = [...this.#subscriptions, ...this.#tails];
    await Promise.all(reading.map((each) => each.close()));
    this.#drained = true;
    await Promise.all([this.#producer.close(), this.#deadLetters.close()]);
  }

  async #publish(producer: KafkaProducer, messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#drained) throw new Error('The bus is closed');
    // A call must not overtake one before it that still looks for its topics.
    if (this.#looking === 0 && this.#topics.includes(messages)) return producer.publish(messages);
    this.#looking++;
    let missing: ReadonlySet<string>;
    let written: Promise<void>;
    try {
      missing = await this.#topics.missing(messages);
      written = producer.publish(messages.filter(({ topic }) => !missing.has(topic)));
    } finally {
      this.#looking--;
    }
    await written;
    if (missing.size > 0) throw new Error(noTopic([...missing]));
  }
}

function noTopic(missing: readonly string[]): string {
  return `There is no topic ${missing.join(', ')}: the coordinator's setup makes the topics`;
}
