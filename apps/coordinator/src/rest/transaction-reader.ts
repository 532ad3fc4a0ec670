import { findBranch } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import { WAIT_MS_DEFAULT, durationMs } from '@holdfast/protocol';
import type { WaitQuery } from '@holdfast/protocol';
import type { TransactionStore } from '@holdfast/store';
import type { HeldTransactions } from '../engine/held-transactions.js';
import type { Waiters } from '../engine/waiters.js';
import type { Begun } from './begin-service.js';
import { transactionForgotten, transactionNotFound } from './transaction-rejected.js';

type Condition = (transaction: Transaction) => boolean;

const REACHED: Record<'decided' | 'ended', Condition> = {
  decided: (transaction) => transaction.decidedAt !== null,
  ended: (transaction) => transaction.endedAt !== null,
};

/** Reads how transactions stand, at once or as soon as they get somewhere. Only what is durable is ever told. */
export class TransactionReader {
  /** @param isForgotten whether one that is not there may have been, and have left history since. */
  constructor(
    private readonly store: TransactionStore,
    private readonly held: HeldTransactions,
    private readonly waiters: Waiters,
    private readonly isForgotten: (xid: string) => boolean,
  ) {}

  /**
   * As its row stands.
   * @throws a problem if there is none.
   */
  async read(xid: string): Promise<Transaction> {
    const [stored] = await this.store.load([xid]);
    if (!stored) throw this.isForgotten(xid) ? transactionForgotten(xid) : transactionNotFound(xid);
    return stored.transaction;
  }

  /** A transaction that stood as `known`, once it is where the query wants it or the query's time is over. */
  async reached(known: Transaction, { wait, timeout }: WaitQuery): Promise<Transaction> {
    return wait ? this.await(known, REACHED[wait], timeout) : known;
  }

  /** The same for what was just begun, or begun before. */
  async followed(begun: Begun, query: WaitQuery): Promise<Transaction> {
    const known = 'repeatedXid' in begun ? await this.read(begun.repeatedXid) : begun.transaction;
    return this.reached(known, query);
  }

  /** The same until the branch has answered its Try, or nobody waits for its answer any more. */
  async answered(known: Transaction, branchId: string, timeout: string | undefined): Promise<Transaction> {
    const condition: Condition = (transaction) =>
      transaction.decidedAt !== null || findBranch(transaction, branchId)?.try.state !== 'pending';
    return this.await(known, condition, timeout);
  }

  private async await(
    known: Transaction,
    condition: Condition,
    timeout: string | undefined,
  ): Promise<Transaction> {
    const { xid } = known;
    // Looked at again without a pause before the wait: it may have got on meanwhile.
    const held = this.held.get(xid);
    const current = held?.saved ?? known;
    if (condition(current)) return current;
    const timeoutMs = timeout === undefined ? WAIT_MS_DEFAULT : durationMs(timeout);
    return (await this.waiters.wait(xid, held?.version ?? 0, condition, timeoutMs)) ?? this.read(xid);
  }
}
