import type { Transaction } from '@holdfast/core';
import { PassingMap } from './passing-map.js';

type Condition = (transaction: Transaction) => boolean;

interface Waiter {
  readonly since: number;
  readonly condition: Condition;
  readonly resolve: (transaction: Transaction | undefined) => void;
}

/** Requests that wait for a transaction to get somewhere. They are told only what is durable. */
export class Waiters {
  private readonly byXid = new PassingMap<Set<Waiter>>();

  /** Resolves to the transaction as soon as it fits `condition`, or to undefined after `timeoutMs`. */
  wait(xid: string, condition: Condition, timeoutMs: number): Promise<Transaction | undefined> {
    return new Promise((resolve) => {
      const waiters = this.byXid.get(xid) ?? new Set();
      this.byXid.set(xid, waiters);
      const finish = (transaction: Transaction | undefined) => {
        clearTimeout(timer);
        waiters.delete(waiter);
        if (waiters.size === 0) this.byXid.delete(xid);
        resolve(transaction);
      };
      const waiter: Waiter = { since: performance.now(), condition, resolve: finish };
      const timer = setTimeout(() => finish(undefined), timeoutMs);
      waiters.add(waiter);
    });
  }

  /** Tells those who wait for this transaction how it stands in the database now. */
  notify(transaction: Transaction): void {
    const waiters = this.byXid.get(transaction.xid);
    if (!waiters) return;
    for (const waiter of waiters) if (waiter.condition(transaction)) waiter.resolve(transaction);
  }

  /** The transactions that somebody has waited for at least this long. */
  waitedFor(ageMs: number): string[] {
    const before = performance.now() - ageMs;
    const xids: string[] = [];
    // A set keeps the order of its insertions: the first one has waited longest.
    for (const [xid, [longest]] of this.byXid.entries())
      if (longest && longest.since <= before) xids.push(xid);
    return xids;
  }

  /** Lets everybody go who waits: the process stops. */
  releaseAll(): void {
    for (const waiters of this.byXid.values()) for (const waiter of waiters) waiter.resolve(undefined);
  }
}
