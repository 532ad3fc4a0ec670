import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { FORGET_KEYS, FORGET_TRANSACTIONS } from './sql/retention.js';

/** Where a walk through old rows has come to. */
export interface HistoryPlace {
  /** As PostgreSQL writes it: a Date would lose its microseconds. */
  readonly at: string;
  readonly xid: string;
}

/** What one step of a walk did. */
export interface HistoryStep {
  readonly looked: number;
  readonly removed: number;
  /** Where the next step begins; undefined once nothing old is left. */
  readonly next: HistoryPlace | undefined;
}

/** Before everything old. */
const START: HistoryPlace = { at: '-infinity', xid: '00000000-0000-0000-0000-000000000000' };

type StepRow = Pick<HistoryStep, 'looked' | 'removed'> & (HistoryPlace | { at: null; xid: null });

/** Removes what is older than it has to be kept, a bounded step at a time. */
export class HistoryStore {
  private readonly database: Database;

  constructor(dataSource: DataSource) {
    this.database = new Database(dataSource);
  }

  /** Transactions that ended more than `retentionMs` ago, but none that was forced or contradicted. */
  forgetTransactions(retentionMs: number, limit: number, from?: HistoryPlace): Promise<HistoryStep> {
    return this.step(FORGET_TRANSACTIONS, retentionMs, limit, from);
  }

  /** Idempotency keys made more than `retentionMs` ago whose transactions are gone. */
  forgetKeys(retentionMs: number, limit: number, from?: HistoryPlace): Promise<HistoryStep> {
    return this.step(FORGET_KEYS, retentionMs, limit, from);
  }

  private async step(
    statement: string,
    retentionMs: number,
    limit: number,
    from = START,
  ): Promise<HistoryStep> {
    const [row] = await this.database.run<StepRow>(statement, [retentionMs, from.at, from.xid, limit]);
    const { looked, removed, at, xid } = row as StepRow;
    return { looked, removed, next: looked < limit || at === null ? undefined : { at, xid } };
  }
}
