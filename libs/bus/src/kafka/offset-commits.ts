import type { BusLog } from '../bus-log.js';

export interface TopicPartitionOffset {
  readonly topic: string;
  readonly partition: number;
  /** The next message to read. */
  readonly offset: string;
}

/**
 * Commits offsets beside the work: one request under way, what comes meanwhile is the next, many partitions in one.
 * A commit that fails is left out: the next one of its partition says more, and a crash before that delivers again
 * what was handled, which receivers stand.
 */
export class OffsetCommits {
  #pending = new Map<string, TopicPartitionOffset>();
  #running: Promise<void> | undefined;

  constructor(
    private readonly commit: (offsets: TopicPartitionOffset[]) => Promise<void>,
    private readonly log: BusLog,
  ) {}

  add(offset: TopicPartitionOffset): void {
    this.#pending.set(`${offset.topic}/${offset.partition}`, offset);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is under way and nothing waits. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    // The partitions of one batch are added one after the other within this turn.
    await Promise.resolve();
    while (this.#pending.size > 0) {
      const offsets = [...this.#pending.values()];
      this.#pending = new Map();
      try {
        await this.commit(offsets);
      } catch (error) {
        this.log('info', 'offsets were not committed; their messages may come again', {
          error: String(error),
        });
      }
    }
    this.#running = undefined;
  }
}
