import type { Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { backoff } from '../backoff.js';
import type { OutgoingMessage, TopicPartition } from '../bus.js';
import type { BusLog } from '../bus-log.js';
import type { Intake } from '../intake.js';
import { incomingMessage } from './incoming-message.js';
import { kafkaClient, type KafkaConnection } from './kafka-client.js';
import { OffsetCommits } from './offset-commits.js';
import { unpacked } from './record-pack.js';

export interface ConsumerSettings {
  readonly connection: KafkaConnection;
  readonly group: string;
  readonly topics: readonly string[];
  readonly sessionTimeoutMs: number;
}

/** How long a rebalance waits for members whose handler is still at work. */
const REBALANCE_TIMEOUT_MS = 30_000;
/** After this long without a heartbeat or a join the consumer is given up, whatever kafkajs believes. */
const SILENCE_MS_MAX = 2 * REBALANCE_TIMEOUT_MS;
/** More than most have partitions: those beyond wait for another's batch. Each fetch wakes as many workers of kafkajs. */
const PARTITIONS_CONCURRENTLY = 16;
/** kafkajs repeats a failing fetch about 3 s long; then the supervisor takes over, with a consumer made afresh. */
const FETCH_RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, factor: 0.2, multiplier: 2, retries: 5 };

/** What kafkajs gives with a batch, as far as a partition needs it to go on. */
type BatchPayload = Pick<EachBatchPayload, 'batch' | 'resolveOffset' | 'heartbeat' | 'pause'>;

/**
 * One life of a kafkajs consumer: from its first connection until it is closed, or until kafkajs gives it up. A fetch
 * is followed by the next when all of its messages are handled, so that what arrives meanwhile makes the next one full.
 */
export class KafkaConsumer<T> {
  readonly #consumer: Consumer;
  readonly #commits: OffsetCommits;
  readonly #heartbeatMs: number;
  readonly #log: BusLog;
  #assignment: readonly TopicPartition[] = [];
  #heartbeat: (() => Promise<void>) | undefined;
  #signOfLifeAt = performance.now();
  /** Not aborted while the assignment holds. */
  #membership = new AbortController();
  readonly #processing = new Set<Promise<void>>();
  /** Set while closing: batches that arrive wait for it and are then left where they are. */
  #drained: Promise<void> | undefined;
  #end: (reason: Error | undefined) => void = () => undefined;
  readonly #ended = new Promise<Error | undefined>((resolve) => (this.#end = resolve));

  constructor(
    private readonly settings: ConsumerSettings,
    private readonly intake: Intake<T>,
    private readonly joined: () => void,
  ) {
    this.#log = settings.connection.log;
    this.#heartbeatMs = settings.sessionTimeoutMs / 10;
    this.#membership.abort();
    this.#consumer = kafkaClient(settings.connection).consumer({
      groupId: settings.group,
      sessionTimeout: settings.sessionTimeoutMs,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: this.#heartbeatMs,
      minBytes: 1,
      // As long as heartbeats may be apart, which are sent between fetches: a message ends the wait at once.
      maxWaitTimeInMs: this.#heartbeatMs,
      allowAutoTopicCreation: false,
      // Its own restart is not for all errors and keeps the state that failed; ours is one way for all.
      retry: { ...FETCH_RETRY, restartOnFailure: () => Promise.resolve(false) },
    });
    this.#commits = new OffsetCommits((offsets) => this.#consumer.commitOffsets(offsets), this.#log);
  }

  assignment(): readonly TopicPartition[] {
    return this.#assignment;
  }

  /** Whether it is a member of its group and has been told so within the session timeout. */
  ready(): boolean {
    const silentMs = performance.now() - this.#signOfLifeAt;
    return !this.#membership.signal.aborted && silentMs < this.settings.sessionTimeoutMs;
  }

  /** Consumes until `close`, or until it can't go on. Never rejects; afterwards this consumer is of no more use. */
  async run(): Promise<Error | undefined> {
    this.#listen();
    const watch = setInterval(() => this.#watch(), this.#heartbeatMs);
    const started = this.#start();
    try {
      await Promise.race([started, this.#ended]);
      return await this.#ended;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      clearInterval(watch);
      this.#leave();
      // Nobody waits for it, since a consumer that was given up may not manage to; and not before it has started, since
      // kafkajs would go on and join.
      void started.catch(() => undefined).then(() => this.#disconnect());
    }
  }

  /** Lets the running batch end, commits it, and leaves the group. */
  async close(): Promise<void> {
    this.#drained ??= this.#drain();
    await this.#drained;
    // In this order and without a pause between: kafkajs stops fetching before the waiting batches return to it.
    const disconnected = this.#disconnect();
    this.#end(undefined);
    await disconnected;
  }

  async #start(): Promise<void> {
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topics: [...this.settings.topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: PARTITIONS_CONCURRENTLY,
      eachBatch: (payload) => this.#eachBatch(payload),
    });
  }

  async #drain(): Promise<void> {
    this.intake.inbox.giveUp();
    await Promise.all(this.#processing);
    await this.#commits.flush();
  }

  async #disconnect(): Promise<void> {
    try {
      await this.#consumer.disconnect();
    } catch (error) {
      this.#log('debug', 'a consumer did not disconnect', { error: String(error) });
    }
  }

  #listen(): void {
    const { GROUP_JOIN, HEARTBEAT, REBALANCING, CRASH } = this.#consumer.events;
    this.#consumer.on(HEARTBEAT, () => (this.#signOfLifeAt = performance.now()));
    this.#consumer.on(REBALANCING, () => {
      // kafkajs has to look for the coordinator before it joins, so this still counts for the old generation.
      void this.#commits.flush();
      this.#leave();
    });
    this.#consumer.on(CRASH, ({ payload }) => this.#end(payload.error));
    this.#consumer.on(GROUP_JOIN, ({ payload }) => {
      this.#leave();
      this.#commits.forget();
      this.#signOfLifeAt = performance.now();
      this.#membership = new AbortController();
      this.#assignment = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition) => ({ topic, partition })),
      );
      // What waited for its dead letters is read again from its committed offset.
      for (const { topic, partitions } of this.#consumer.paused()) {
        this.#consumer.resume([{ topic, partitions }]);
      }
      this.joined();
    });
  }

  /** The assignment holds no longer: what is not committed by now comes again, here or elsewhere. */
  #leave(): void {
    this.#membership.abort();
    this.#assignment = [];
    this.intake.inbox.giveUp();
  }

  #watch(): void {
    // kafkajs sends heartbeats between batches only.
    if (this.intake.inbox.busy && this.#heartbeat) {
      this.#heartbeat().catch((error: unknown) => {
        // Most likely a rebalance: kafkajs takes part in it when its batches return. They come again.
        this.#log('debug', 'a heartbeat failed', { error: String(error) });
        this.intake.inbox.giveUp();
      });
    }
    if (performance.now() - this.#signOfLifeAt > SILENCE_MS_MAX) {
      this.#end(new Error(`No heartbeat for ${SILENCE_MS_MAX} ms`));
    }
  }

  #eachBatch(payload: BatchPayload): Promise<void> {
    if (this.#drained) return this.#drained;
    this.#heartbeat = payload.heartbeat;
    const processed = this.#process(payload).finally(() => this.#processing.delete(processed));
    this.#processing.add(processed);
    return processed;
  }

  async #process(payload: BatchPayload): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    const membership = this.#membership.signal;
    const arrived = messages.flatMap((message) => unpacked(incomingMessage(topic, partition, message)));
    const { handled, unburied } = await this.intake.take(arrived);
    if (!handled || membership.aborted) return;
    if (unburied.length === 0) this.#done(payload);
    else void this.#setAside(payload, unburied, membership);
  }

  /** Goes on behind the batch, which was handled. */
  #done({ batch, resolveOffset }: BatchPayload): void {
    const { topic, partition } = batch;
    resolveOffset((batch.messages.at(-1) as KafkaMessage).offset);
    this.#commits.add({ topic, partition, offset: String(BigInt(batch.lastOffset()) + 1n) });
  }

  /** The partition waits until its dead letters are written, the others go on. */
  async #setAside(
    payload: BatchPayload,
    unburied: readonly OutgoingMessage[],
    membership: AbortSignal,
  ): Promise<void> {
    const resume = payload.pause();
    for (let failures = 1; await backoff(failures, membership); failures++) {
      if (await this.intake.bury(unburied)) break;
    }
    if (membership.aborted) return;
    this.#done(payload);
    resume();
  }
}
