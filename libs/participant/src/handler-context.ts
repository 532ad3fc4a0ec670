import type { EntityManager } from 'typeorm';
import type { BatchContext, BranchContext, Sql } from './handler.js';
import type { SqlTransaction } from './sql-transaction.js';

/** Shows a handler the SQL transaction that it works in, for as long as that is open. */
export class HandlerContext implements BatchContext {
  readonly sql: Sql;
  readonly #tx: SqlTransaction;

  constructor(tx: SqlTransaction) {
    this.sql = { query: (statement, values) => tx.query(statement, values) };
    this.#tx = tx;
  }

  get manager(): EntityManager {
    return this.#tx.manager;
  }
}

export class HandlerBranchContext extends HandlerContext implements BranchContext {
  constructor(
    tx: SqlTransaction,
    readonly xid: string,
    readonly branchId: string,
  ) {
    super(tx);
  }
}
