import { branchKey, type BranchCommand } from './branch-command.js';

/** Commands that wait or run in the lane; one more is dropped. */
const LANE_SIZE_MAX = 2_000;
/** Commands that run in the lane at the same time, each on a connection of its own. */
export const LANE_CONNECTIONS = 4;

/**
 * Where commands run one by one that failed before, beside the others and with a bounded share of the connections, so
 * that they hold up nobody. The commands of one branch run in the order in which they came.
 */
export class FailedLane<C extends BranchCommand> {
  /** The commands of each branch in the lane, the first of which runs or is the next to run. */
  readonly #branches = new Map<string, C[]>();
  readonly #waiting: string[] = [];
  readonly #running = new Set<Promise<void>>();
  #size = 0;
  #closed = false;

  /** @param run must not reject. */
  constructor(private readonly run: (command: C) => Promise<void>) {}

  /** Whether commands of this branch are in the lane, behind which others of it have to queue. */
  holds(command: BranchCommand): boolean {
    return this.#size > 0 && this.#branches.has(branchKey(command));
  }

  /** @returns false if it is dropped: the lane is full or closed, or holds this very operation of the branch. */
  offer(command: C): boolean {
    if (this.#closed || this.#size >= LANE_SIZE_MAX) return false;
    const key = branchKey(command);
    const queue = this.#branches.get(key);
    if (queue?.some(({ operation }) => operation === command.operation)) return false;
    this.#size++;
    if (queue) {
      queue.push(command);
      return true;
    }
    this.#branches.set(key, [command]);
    this.#waiting.push(key);
    this.#start();
    return true;
  }

  /** Drops what waits and lets what runs end. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#running);
  }

  #start(): void {
    while (!this.#closed && this.#running.size < LANE_CONNECTIONS) {
      const key = this.#waiting.shift();
      if (key === undefined) return;
      const work = this.#runFirst(key).then(() => {
        this.#running.delete(work);
        this.#start();
      });
      this.#running.add(work);
    }
  }

  async #runFirst(key: string): Promise<void> {
    const queue = this.#branches.get(key) as C[];
    await this.run(queue[0] as C);
    queue.shift();
    this.#size--;
    if (queue.length > 0) this.#waiting.push(key);
    else this.#branches.delete(key);
  }
}
