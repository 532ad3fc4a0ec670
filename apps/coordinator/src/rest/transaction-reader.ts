import { findBranch } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import { WAIT_MS_DEFAULT, durationMs } from '@holdfast/protocol';
import type { WaitQuery } from '@holdfast/protocol';
import type { TransactionStore } from '@holdfast/store';
import type { HeldTransactions } from '../engine/held-transactions.js';
import type { Waiters } from '../engine/waiters.js';
import { transactionNotFound } from './transaction-rejected.js';

type Condition = (transaction: Transaction) => boolean;

const REACHED: Record<'decided' | 'ended', Condition> = {
  decided: (transaction) => transaction.decidedAt !== null,
  ended: (transaction) => transaction.endedAt !== null,
};

/** Reads how transactions stand, at once or as soon as they get somewhere. Only what is durable is ever told. */
export class TransactionReader {
  constructor(
    private readonly store: TransactionStore,
    private readonly held: HeldTransactions,
    private readonly waiters: Waiters,
  ) {}

  /** @throws a problem if there is none. */
  async read(xid: string): Promise<Transaction> {
    const held = this.held.get(xid);
    if (held && !held.foreign) return held.saved;
    const [stored] = await this.store.load([xid]);
    if (!stored) throw transactionNotFound(xid);
    return stored.transaction;
  }

  /** The transaction once it is where the query wants it, or as it stands when the query's time is over. */
  async readWhen(xid: string, { wait, timeout }: WaitQuery): Promise<Transaction> {
    if (!wait) return this.read(xid);
    return this.readWhenever(xid, REACHED[wait], timeout);
  }

  /** Like `readWhen`: once the branch has answered its Try, or nobody will wait for its answer any more. */
  async readWhenTried(xid: string, branchId: string, timeout: string | undefined): Promise<Transaction> {
    const answered: Condition = (transaction) =>
      transaction.decidedAt !== null || findBranch(transaction, branchId)?.try.state !== 'pending';
    return this.readWhenever(xid, answered, timeout);
  }

  private async readWhenever(
    xid: string,
    condition: Condition,
    timeout: string | undefined,
  ): Promise<Transaction> {
    const transaction = await this.read(xid);
    // Looked at again: it may have got on, or have come here, while its row was read.
    const current = this.held.get(xid)?.saved ?? transaction;
    if (condition(current)) return current;
    const timeoutMs = timeout === undefined ? WAIT_MS_DEFAULT : durationMs(timeout);
    return (await this.waiters.wait(xid, condition, timeoutMs)) ?? this.read(xid);
  }
}
