import { backoff } from '../backoff.js';
import type { Subscription, TopicPartition } from '../bus.js';
import type { Intake } from '../intake.js';
import { type ConsumerSettings, KafkaConsumer } from './kafka-consumer.js';

/** A consumer that lived this long did work: the next failure is a first one again. */
const LIFE_MS_MIN = 60_000;

/** Keeps a consumer alive: when one ends that was not closed, it makes another. */
export class KafkaSubscription<T> implements Subscription {
  /** Resolves with the first join. Rejects if it is closed before. */
  readonly joined: Promise<void>;
  /** Resolves when it is closed. */
  readonly ended: Promise<void>;
  #consumer: KafkaConsumer<T> | undefined;
  readonly #closing = new AbortController();

  constructor(
    private readonly settings: ConsumerSettings,
    private readonly intake: Intake<T>,
  ) {
    let markJoined = (): void => undefined;
    const joined = new Promise<void>((resolve) => (markJoined = resolve));
    this.ended = this.#supervise(markJoined);
    const ended = this.ended.then(() => {
      throw new Error(`The subscription of ${settings.group} was closed before it joined its group`);
    });
    this.joined = Promise.race([joined, ended]);
  }

  assignment(): readonly TopicPartition[] {
    return this.#consumer?.assignment() ?? [];
  }

  ready(): boolean {
    return this.#consumer?.ready() ?? false;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#consumer?.close();
    await this.ended;
  }

  async #supervise(markJoined: () => void): Promise<void> {
    const { group, connection } = this.settings;
    let failures = 0;
    do {
      const startedAt = performance.now();
      const consumer = new KafkaConsumer(this.settings, this.intake, markJoined);
      this.#consumer = consumer;
      const error = await consumer.run();
      this.#consumer = undefined;
      if (this.#closing.signal.aborted) return;
      failures = performance.now() - startedAt > LIFE_MS_MIN ? 1 : failures + 1;
      connection.log('warn', 'a consumer ended and is made afresh', {
        group,
        error: String(error),
        failures,
      });
    } while (await backoff(failures, this.#closing.signal));
  }
}
