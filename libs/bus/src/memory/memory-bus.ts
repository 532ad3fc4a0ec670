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
import { MemoryBroker, type MemoryBrokerOptions } from './memory-broker.js';
import { MemorySubscription } from './memory-subscription.js';
import { MemoryTail } from './memory-tail.js';

/**
 * The bus inside one process, for tests and for a demo without Kafka. Nothing outlives the process. Services that talk
 * to each other get a bus each, on one broker.
 */
export class MemoryBus implements Bus {
  readonly broker: MemoryBroker;
  readonly #subscriptions = new Set<Pick<MemorySubscription<unknown>, 'close' | 'crash'>>();
  readonly #tails = new Set<Tail>();
  #closed = false;

  constructor(broker: MemoryBroker | MemoryBrokerOptions = {}) {
    this.broker = broker instanceof MemoryBroker ? broker : new MemoryBroker(broker);
  }

  async publish(messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#closed) throw new Error('The bus is closed');
    this.broker.publish(messages);
  }

  async subscribe<T>(options: SubscribeOptions<T>): Promise<Subscription> {
    if (this.#closed) throw new Error('The bus is closed');
    const intake = new Intake(options, (letters) => this.publish(letters), this.broker.log);
    const subscription = new MemorySubscription(this.broker, options.group, options.topics, intake);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async deadLetter(message: IncomingMessage, reason: string): Promise<void> {
    await this.publish([deadLetterOf(message, reason)]);
  }

  async canPublish(): Promise<boolean> {
    return !this.#closed;
  }

  async lag(readers: readonly Reader[]): Promise<number[]> {
    return readers.map((reader) => this.broker.lag(reader));
  }

  async consumers(groups: readonly string[]): Promise<number[]> {
    return groups.map((group) => this.broker.group(group).size);
  }

  async tail(options: TailOptions): Promise<Tail> {
    if (this.#closed) throw new Error('The bus is closed');
    const tail = new MemoryTail(this.broker, options);
    this.#tails.add(tail);
    return tail;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#tails].map((tail) => tail.close()));
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()));
    this.#closed = true;
  }

  /** Ends it as SIGKILL ends a process: nothing is finished, nothing is committed, its partitions go to others. */
  crash(): void {
    this.#closed = true;
    for (const subscription of this.#subscriptions) subscription.crash();
  }
}
