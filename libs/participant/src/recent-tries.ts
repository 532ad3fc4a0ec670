import { branchKey, type BranchCommand } from './branch-command.js';
import type { TryRecord } from './fence-table.js';

/** The most branches, and the most characters of their reservations, that are added before the older half is dropped. */
const BRANCHES_MAX = 4_096;
const CHARACTERS_MAX = 4 * 1024 * 1024;

/**
 * The reservations of branches that were tried lately, as their fence rows hold them: what a row answered never
 * changes, so whoever finds that it still stands as `tried` need not have read it. Only a shortcut, so the oldest are
 * dropped, in halves: a map that is written all the time and deleted from keeps V8 from letting go of what was in it
 * (docs/decisions/0013).
 */
export class RecentTries {
  #younger = new Map<string, string>();
  #older = new Map<string, string>();
  #characters = 0;

  /** Adds those of Tries that are committed. */
  add(records: readonly TryRecord[]): void {
    for (const { command, state, answerJson } of records) {
      if (state !== 'tried') continue;
      this.#younger.set(branchKey(command), answerJson);
      this.#characters += answerJson.length;
    }
    if (this.#younger.size < BRANCHES_MAX && this.#characters < CHARACTERS_MAX) return;
    this.#older = this.#younger;
    this.#younger = new Map();
    this.#characters = 0;
  }

  /** What the Tries of all these branches answered, in their order; undefined if one of them is not known. */
  reservationsOf(commands: readonly BranchCommand[]): unknown[] | undefined {
    const found: string[] = [];
    for (const command of commands) {
      const key = branchKey(command);
      const json = this.#younger.get(key) ?? this.#older.get(key);
      if (json === undefined) return undefined;
      found.push(json);
    }
    return found.map((json): unknown => JSON.parse(json));
  }
}
