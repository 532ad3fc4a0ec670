import { branchKey, type BranchCommand } from './branch-command.js';

/** One that is forgotten costs one more run beside the others, so the number only bounds memory. */
const REMEMBERED_MAX = 10_000;

/** Remembers which operations of which branches were last answered `failed`: the oldest are forgotten first. */
export class FailedOperations {
  readonly #keys = new Set<string>();

  has(command: BranchCommand): boolean {
    return this.#keys.size > 0 && this.#keys.has(keyOf(command));
  }

  /** Takes note of what came of a command. */
  note(command: BranchCommand, failed: boolean): void {
    if (!failed) {
      if (this.#keys.size > 0) this.#keys.delete(keyOf(command));
      return;
    }
    this.#keys.add(keyOf(command));
    if (this.#keys.size <= REMEMBERED_MAX) return;
    const [oldest] = this.#keys;
    this.#keys.delete(oldest as string);
  }
}

function keyOf(command: BranchCommand): string {
  return `${command.operation} ${branchKey(command)}`;
}
