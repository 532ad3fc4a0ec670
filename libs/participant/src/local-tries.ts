import { branchKey, byBranch, type Answer, type BranchCommand } from './branch-command.js';
import type { FenceSettings } from './group-attempt.js';
import { runGroup } from './group-runner.js';
import type { ResourceHandler } from './resource-handler.js';

/** The most that share an SQL transaction: single Tries have a savepoint each, and PostgreSQL slows down beyond 64. */
const BATCH_MAX = 50;

interface Pending {
  readonly command: BranchCommand;
  /** Another one of its batch took too long: this one runs alone. */
  readonly isAlone: boolean;
  readonly resolve: (answer: Answer | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Tries of services that were called directly. Those of one resource that wait share the next SQL transaction, one at
 * a time: however many callers there are, they take one connection of the pool, and the bus keeps the others.
 */
export class LocalTries {
  readonly #pending = new Map<ResourceHandler, Pending[]>();
  readonly #running = new Set<ResourceHandler>();

  constructor(private readonly settings: FenceSettings) {}

  /** Resolves with the answer, or with undefined if nobody knows whether it took effect. */
  run(handler: ResourceHandler, command: BranchCommand): Promise<Answer | undefined> {
    return new Promise((resolve, reject) => {
      this.#add(handler, { command, isAlone: false, resolve, reject });
      void this.#drain(handler);
    });
  }

  #add(handler: ResourceHandler, pending: Pending): void {
    const queue = this.#pending.get(handler);
    if (queue) queue.push(pending);
    else this.#pending.set(handler, [pending]);
  }

  async #drain(handler: ResourceHandler): Promise<void> {
    if (this.#running.has(handler)) return;
    this.#running.add(handler);
    for (let batch = this.#take(handler); batch.size > 0; batch = this.#take(handler)) {
      await this.#runBatch(handler, batch);
    }
    this.#running.delete(handler);
  }

  /** The next batch, in which no branch stands twice; a repeat waits for the batch after. */
  #take(handler: ResourceHandler): Map<BranchCommand, Pending> {
    const keys = new Set<string>();
    const batch = new Map<BranchCommand, Pending>();
    const rest: Pending[] = [];
    for (const pending of this.#pending.get(handler) ?? []) {
      const key = branchKey(pending.command);
      const fits = pending.isAlone ? batch.size === 0 : batch.size < BATCH_MAX && !hasLoner(batch);
      if (fits && !keys.has(key)) batch.set(pending.command, pending);
      else rest.push(pending);
      keys.add(key);
    }
    this.#pending.set(handler, rest);
    return batch;
  }

  async #runBatch(handler: ResourceHandler, batch: Map<BranchCommand, Pending>): Promise<void> {
    const commands = [...batch.keys()].sort(byBranch);
    try {
      await runGroup({ handler, operation: 'try', commands }, this.settings, {
        answered: (command, answer) => {
          batch.get(command)?.resolve(answer);
          batch.delete(command);
        },
        setAside: (others) => {
          for (const command of others) {
            const pending = batch.get(command);
            batch.delete(command);
            if (pending) this.#add(handler, { ...pending, isAlone: true });
          }
        },
      });
      for (const { resolve } of batch.values()) resolve(undefined);
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    }
  }
}

function hasLoner(batch: ReadonlyMap<BranchCommand, Pending>): boolean {
  const [first] = batch.values();
  return first?.isAlone ?? false;
}
