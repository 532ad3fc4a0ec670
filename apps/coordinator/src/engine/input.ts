import type { Event, Rejection, Transaction } from '@holdfast/core';
import type { AuditRecord } from '@holdfast/store';

/** What came of an input. */
export type InputResult =
  /** It is applied, and what it changed is as durable as it has to be; or it was turned down. */
  | { readonly type: 'applied'; readonly transaction: Transaction; readonly rejection?: Rejection }
  /** There is no such transaction. */
  | { readonly type: 'notFound' }
  /** Whether it was saved is unknown. */
  | { readonly type: 'failed'; readonly error: Error };

/** An event on its way into a transaction. */
export interface Input {
  readonly xid: string;
  readonly event: Event;
  /**
   * Turns the event down where it would change something, by how the transaction stands in the database: whoever saw
   * another state means another state.
   */
  readonly guard?: (saved: Transaction) => Rejection | undefined;
  /** What an operator did by it: kept with what came of it, in the same SQL transaction as what it changed. */
  readonly audit?: Omit<AuditRecord, 'result' | 'xid'>;
  /** Called once, with what came of it. */
  readonly settle?: (result: InputResult) => void;
}
