import { setTimeout as pause } from 'node:timers/promises';
import type { BusLog } from '../bus-log.js';

export interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next message to read. */
  readonly offset: string;
}

/**
 * A busy consumer's commits are this far apart. Batches are a few milliseconds apart then, and a commit costs client
 * and broker as much as a fetch; after a crash that much more comes again.
 */
const GAP_MS = 500;

/**
 * Commits offsets beside the work: one request under way, what comes meanwhile is the next, many partitions in one.
 * A commit that fails is left out: the next one of its partition says more, and a crash before that delivers again
 * what was handled, which receivers stand.
 */
export class OffsetCommits {
  readonly #pending = new Map<string, TopicPartitionOffset>();
  #running: Promise<void> | undefined;
  #gap = new AbortController();

  constructor(
    private readonly commit: (offsets: TopicPartitionOffset[]) => Promise<void>,
    private readonly log: BusLog,
  ) {}

  add(offset: TopicPartitionOffset): void {
    this.#pending.set(`${offset.topic}/${offset.partition}`, offset);
    this.#running ??= this.#run();
  }

  /** Commits what waits without a gap. Resolves when nothing is under way and nothing waits. */
  async flush(): Promise<void> {
    while (this.#running) {
      this.#gap.abort();
      await this.#running;
    }
  }

  /** Forgets what waits: the partitions may belong to others now. */
  forget(): void {
    this.#pending.clear();
  }

  async #run(): Promise<void> {
    this.#gap = new AbortController();
    const { signal } = this.#gap;
    // The partitions of one batch are added one after the other within this turn.
    await Promise.resolve();
    while (this.#pending.size > 0) {
      const offsets = [...this.#pending.values()];
      this.#pending.clear();
      try {
        await this.commit(offsets);
      } catch (error) {
        this.log('info', 'offsets were not committed; their messages may come again', {
          error: String(error),
        });
      }
      await pause(GAP_MS, undefined, { signal }).catch(() => undefined);
    }
    this.#running = undefined;
  }
}
