import type { Transaction } from '@holdfast/core';
import type { DataSource } from 'typeorm';
import { Database } from './database.js';
import { LIST_BY_REFERENCE, LIST_DISPUTED, LIST_ENDED, LIST_UNRESOLVED } from './sql/list.js';
import { hungOf, pauseOf } from './transaction-row.js';
import type { HungColumns, PauseColumns } from './transaction-row.js';

/** Which transactions to list. Without a reference or a window of end times only unresolved and disputed ones are found. */
export interface TransactionFilter {
  readonly phase?: string;
  readonly name?: string;
  readonly reference?: string;
  /** Of one of its branches. */
  readonly participant?: string;
  /** Of one of its branches. */
  readonly resource?: string;
  /** Ended at or after this, in milliseconds since 1970. */
  readonly endedAfter?: number;
  /** Ended before this, in milliseconds since 1970. */
  readonly endedBefore?: number;
  /** Begun before this, in milliseconds since 1970. */
  readonly begunBefore?: number;
  readonly hung?: boolean;
  /** Whether a contradiction of it is settled by nobody; where so, ended ones are found as well. */
  readonly contradicted?: boolean;
  /** What its phase asks was sent at least this often to one of its branches. */
  readonly minAttempts?: number;
  /** The code of the latest error of what its phase asks. */
  readonly error?: string;
}

/** A transaction without its branches' inputs, times in milliseconds since 1970. */
export interface ListedTransaction extends Pick<
  Transaction,
  'xid' | 'name' | 'reference' | 'phase' | 'reason' | 'confirmNotBefore' | 'coolingSince' | 'paused' | 'hung'
> {
  readonly beganAt: number;
  readonly deadlineAt: number;
  readonly decidedAt: number | null;
  readonly endedAt: number | null;
  /** Whether a participant's fence stood against the decision. */
  readonly contradicted: boolean;
  /** Whether nobody has settled that. */
  readonly disputed: boolean;
  /** Whether an operator forced the end of a branch. */
  readonly forced: boolean;
}

/** The last one of a page, or the last one that it looked at. */
export interface ListPosition {
  readonly xid: string;
  /** Of those that are listed by their end. */
  readonly endedAt: number | null;
}

export interface ListPage {
  readonly rows: readonly ListedTransaction[];
  /** Where the next page begins; null if this is the last one. */
  readonly next: ListPosition | null;
}

type Unchanged = 'xid' | 'name' | 'reference' | 'phase' | 'reason' | 'contradicted' | 'disputed' | 'forced';
interface ListRow extends Pick<ListedTransaction, Unchanged>, PauseColumns, HungColumns {
  readonly began_at: number;
  readonly deadline_at: number;
  readonly confirm_not_before: number | null;
  readonly cooling_since: number | null;
  readonly decided_at: number | null;
  readonly ended_at: number | null;
}

/** There is one at least, whose transaction is null if none was found. */
type EndedRow = { readonly stopped_xid: string | null; readonly stopped_at: number | null } & (
  ListRow | { readonly xid: null }
);

/** Ended transactions that one page of a window looks at: some 20 ms. */
const LOOKED_AT_MAX = 5_000;

/** Lists the youngest first; of a window of end times, those that ended last. */
export class TransactionList {
  private readonly database: Database;

  /** @param lookedAtMax how many ended transactions one page of a window looks at. */
  constructor(
    dataSource: DataSource,
    private readonly lookedAtMax = LOOKED_AT_MAX,
  ) {
    this.database = new Database(dataSource);
  }

  /**
   * One page of at most `limit`. One of a window of end times may hold fewer although there is a next one.
   * @param after where the page before ended.
   */
  async page(filter: TransactionFilter, limit: number, after: ListPosition | null = null): Promise<ListPage> {
    const { reference, endedAfter, endedBefore } = filter;
    const filters = [
      ...[filter.phase, filter.name, filter.participant, filter.resource, filter.begunBefore],
      ...[filter.minAttempts, filter.error, after?.xid, limit + 1, filter.hung],
      filter.contradicted,
    ];
    if (reference !== undefined) {
      const values = [...filters, reference, endedAfter, endedBefore];
      return this.byXid(LIST_BY_REFERENCE, values, limit);
    }
    if (endedAfter === undefined || endedBefore === undefined) {
      const statement = filter.contradicted ? LIST_DISPUTED : LIST_UNRESOLVED;
      return this.byXid(statement, filters, limit);
    }
    return this.byEnd([...filters, endedAfter, endedBefore, after?.endedAt, this.lookedAtMax], limit);
  }

  private async byXid(statement: string, values: readonly unknown[], limit: number): Promise<ListPage> {
    const found = await this.database.run<ListRow>(statement, values);
    const rows = found.slice(0, limit).map(listed);
    const last = found.length > limit ? rows.at(-1) : undefined;
    return { rows, next: last ? { xid: last.xid, endedAt: null } : null };
  }

  private async byEnd(values: readonly unknown[], limit: number): Promise<ListPage> {
    const found = await this.database.run<EndedRow>(LIST_ENDED, values);
    const rows = found.filter((row) => row.xid !== null).map(listed);
    const last = rows.length > limit ? (rows[limit - 1] as ListedTransaction) : undefined;
    if (last) return { rows: rows.slice(0, limit), next: { xid: last.xid, endedAt: last.endedAt } };
    const { stopped_xid: xid = null, stopped_at: endedAt = null } = found[0] ?? {};
    return { rows, next: xid === null ? null : { xid, endedAt } };
  }
}

function listed(row: ListRow): ListedTransaction {
  const { xid, name, reference, phase, reason, contradicted, disputed, forced } = row;
  return {
    ...{ xid, name, reference, phase, reason, contradicted, disputed, forced },
    paused: pauseOf(row),
    hung: hungOf(row),
    beganAt: row.began_at,
    deadlineAt: row.deadline_at,
    confirmNotBefore: row.confirm_not_before,
    coolingSince: row.cooling_since,
    decidedAt: row.decided_at,
    endedAt: row.ended_at,
  };
}
