import { randomUUID } from 'node:crypto';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import type { Position, Tail, TailOptions } from '../bus.js';
import { tailStart } from '../tail-start.js';
import { incomingMessage } from './incoming-message.js';
import { kafkaClient, type KafkaConnection } from './kafka-client.js';
import { withPatientAdmin } from './kafka-topics.js';

/** The most that a fetch waits for a message; it also delays closing. */
const FETCH_WAIT_MS = 250;

/**
 * Reads a topic along. kafkajs reads in groups only: this one has a name of its own and commits nothing, so Kafka
 * forgets it as soon as it is left.
 */
export class KafkaTail implements Tail {
  readonly #consumer: Consumer;

  private constructor(
    connection: KafkaConnection,
    private readonly options: TailOptions,
    readonly start: Position,
  ) {
    this.#consumer = kafkaClient(connection).consumer({
      groupId: `${options.topic}.tail.${randomUUID()}`,
      minBytes: 1,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      // Whoever reads along begins again where he was.
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
  }

  /** @throws PositionGone if it can't begin where it is told to. */
  static async open(connection: KafkaConnection, options: TailOptions): Promise<KafkaTail> {
    const offsets = await withPatientAdmin(connection, (admin) => admin.fetchTopicOffsets(options.topic));
    const spans = offsets.map(({ partition, low, high }) => ({
      partition,
      oldest: BigInt(low),
      next: BigInt(high),
    }));
    const tail = new KafkaTail(connection, options, tailStart(spans, options.from));
    await tail.#run();
    return tail;
  }

  async close(): Promise<void> {
    await this.#consumer.disconnect();
  }

  async #run(): Promise<void> {
    const { topic } = this.options;
    this.#consumer.on(this.#consumer.events.CRASH, ({ payload }) => this.options.lost(payload.error));
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [topic] });
    const running = this.#consumer.run({
      autoCommit: false,
      eachBatch: async (payload) => this.#take(payload),
    });
    for (const [partition, offset] of this.start) {
      this.#consumer.seek({ topic, partition, offset: String(offset) });
    }
    await running;
  }

  #take({ batch }: EachBatchPayload): void {
    const { topic, partition, messages } = batch;
    const start = this.start.get(partition) ?? 0n;
    const wanted = messages.filter(({ offset }) => BigInt(offset) >= start);
    if (wanted.length > 0)
      this.options.handle(wanted.map((message) => incomingMessage(topic, partition, message)));
  }
}
