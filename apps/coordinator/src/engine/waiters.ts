import type { Transaction } from '@holdfast/core';
import type { SeenTransaction } from '@holdfast/store';
import { PassingMap } from './passing-map.js';

type Condition = (transaction: Transaction) => boolean;

interface Waiter {
  readonly condition: Condition;
  readonly resolve: (transaction: Transaction | undefined) => void;
}

/** A transaction that somebody waits for. */
interface Waited {
  readonly waiters: Set<Waiter>;
  /** All of them have seen it at this version, or a later one. */
  version: number;
  /** When its row was last looked at, or it was first waited for. */
  lookedAt: number;
}

/** Requests that wait for a transaction to get somewhere. They are told only what is durable. */
export class Waiters {
  /** Those come first whose rows were not looked at for longest. */
  private readonly byXid = new PassingMap<Waited>();

  /**
   * Resolves to the transaction as soon as it fits `condition`, or to undefined after `timeoutMs`.
   * @param seen the version at which it does not fit; 0 where that is not known.
   */
  wait(xid: string, seen: number, condition: Condition, timeoutMs: number): Promise<Transaction | undefined> {
    return new Promise((resolve) => {
      const waited = this.waitedFor(xid, seen);
      const finish = (transaction: Transaction | undefined) => {
        clearTimeout(timer);
        waited.waiters.delete(waiter);
        if (waited.waiters.size === 0) this.byXid.delete(xid);
        resolve(transaction);
      };
      const waiter: Waiter = { condition, resolve: finish };
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      waited.waiters.add(waiter);
    });
  }

  /** Tells those who wait for this transaction how it stands in the database now. */
  notify(transaction: Transaction, version: number): void {
    const waited = this.byXid.get(transaction.xid);
    if (!waited) return;
    waited.version = Math.max(waited.version, version);
    for (const waiter of waited.waiters) if (waiter.condition(transaction)) waiter.resolve(transaction);
  }

  /**
   * The transactions whose rows are to be looked at now: those that were not for longest come first, and count as looked
   * at with this.
   * @param pauseMs the least time from one look at a transaction to the next.
   * @returns each with the version that all who wait for it have seen.
   */
  toLookAt(pauseMs: (xid: string) => number, limit: number): SeenTransaction[] {
    const now = performance.now();
    const due: [string, Waited][] = [];
    for (const entry of this.byXid.entries()) {
      if (due.length === limit) break;
      if (entry[1].lookedAt + pauseMs(entry[0]) <= now) due.push(entry);
    }
    for (const [xid, waited] of due) {
      waited.lookedAt = now;
      // To the end of the line.
      this.byXid.delete(xid);
      this.byXid.set(xid, waited);
    }
    return due.map(([xid, { version }]) => ({ xid, version }));
  }

  /** Lets everybody go who waits: the process stops. */
  releaseAll(): void {
    for (const { waiters } of this.byXid.values()) for (const waiter of waiters) waiter.resolve(undefined);
  }

  private waitedFor(xid: string, seen: number): Waited {
    let waited = this.byXid.get(xid);
    if (waited) waited.version = Math.min(waited.version, seen);
    else this.byXid.set(xid, (waited = { waiters: new Set(), version: seen, lookedAt: performance.now() }));
    return waited;
  }
}
