import type { Transaction } from '@holdfast/core';
import type { StuckCode } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { READ_UNRESOLVED } from './sql/unresolved.js';

/**
 * All transactions of one phase that hang for the same reason and participants, or do not. Of those that have ended,
 * only disputed ones.
 */
export interface UnresolvedGroup {
  readonly phase: Transaction['phase'];
  /** Their contradictions are settled by nobody. */
  readonly disputed: boolean;
  readonly paused: boolean;
  /** Null if they do not hang. */
  readonly hung: { readonly code: StuckCode; readonly participants: readonly string[] } | null;
  readonly count: number;
  /** Since the begin of the oldest one; 0 once they have ended. */
  readonly oldestSeconds: number;
  /** Since the time at which there was something to do, of the one that waits longest; below zero if none is due. */
  readonly overdueSeconds: number;
}

/** Counts what is unresolved in the whole database, in the name of one instance at a time. */
export class UnresolvedReader {
  private readonly database: Database;

  constructor(
    dataSource: DataSource,
    private readonly instance: string,
  ) {
    this.database = new Database(dataSource);
  }

  /** @returns undefined if another instance tells: one that is older and had a heartbeat within `leaseMs`. */
  async read(leaseMs: number): Promise<UnresolvedGroup[] | undefined> {
    const rows = await this.database.run<UnresolvedGroup | { phase: null }>(READ_UNRESOLVED, [
      this.instance,
      leaseMs,
    ]);
    if (rows.length === 0) return undefined;
    return rows.filter((row): row is UnresolvedGroup => row.phase !== null);
  }
}
