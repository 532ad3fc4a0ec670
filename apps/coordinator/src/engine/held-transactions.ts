import type { Event, Transaction } from '@holdfast/core';
import type { StoredTransaction } from '@holdfast/store';
import { PassingMap } from './passing-map.js';

/** A transaction in memory: as it stands in the database, and what has become known since. */
export interface Held {
  saved: Transaction;
  version: number;
  /** `saved` with all of `unsaved` applied. */
  current: Transaction;
  /** What a lost save has to be decided again from. */
  readonly unsaved: Event[];
  /** Whether another instance, or nobody, stands as holder in the row: then nothing may stay in memory only. */
  foreign: boolean;
  /** The event of its end has been handed to the bus; the end itself is saved once that is acknowledged. */
  publishingEnd: boolean;
}

/** The transactions that this instance keeps in memory: those that it holds, and while they are looked at, others. */
export class HeldTransactions {
  private readonly byXid = new PassingMap<Held>();

  get(xid: string): Held | undefined {
    return this.byXid.get(xid);
  }

  get size(): number {
    return this.byXid.size;
  }

  /** Takes in a row that was read, claimed or written. */
  put({ transaction, version }: StoredTransaction, foreign: boolean): Held {
    const held: Held = {
      saved: transaction,
      version,
      current: transaction,
      unsaved: [],
      foreign,
      publishingEnd: false,
    };
    this.byXid.set(transaction.xid, held);
    return held;
  }

  drop(xid: string): void {
    this.byXid.delete(xid);
  }

  all(): Iterable<Held> {
    return this.byXid.values();
  }

  /** Those that only this instance sends commands of, as far as they are known. */
  *own(): Iterable<Transaction> {
    for (const { current, foreign, publishingEnd } of this.byXid.values())
      if (!foreign && !publishingEnd) yield current;
  }

  /** Those whose next attempt or deadline has come. */
  dueAt(now: number): string[] {
    const due: string[] = [];
    for (const [xid, held] of this.byXid.entries()) {
      if (held.current.wakeAt !== null && held.current.wakeAt <= now) due.push(xid);
    }
    return due;
  }

  /** Those whose rows look due to a claim although they are in good hands. */
  dueInDatabaseAt(now: number): string[] {
    const due: string[] = [];
    for (const [xid, held] of this.byXid.entries()) {
      if (held.saved.wakeAt !== null && held.saved.wakeAt <= now) due.push(xid);
    }
    return due;
  }
}
