import { explain } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import type { TransactionExplanation } from '@holdfast/protocol';
import type { EngineParts } from '../engine/engine-parts.js';
import { time } from './transaction-views.js';

/** Says why a transaction has not ended, and what happens next and when. */
export class TransactionExplainer {
  constructor(private readonly parts: Pick<EngineParts, 'clock' | 'participants' | 'readers'>) {}

  async explain(transaction: Transaction): Promise<TransactionExplanation> {
    const { clock, participants, readers } = this.parts;
    if (transaction.endedAt === null)
      await readers.look(transaction.branches.map(({ participant }) => participant));
    const { paused, withoutConsumer } = participants;
    const { nextAt, branches, ...whole } = explain(transaction, { at: clock.now(), paused, withoutConsumer });
    return {
      ...{ xid: transaction.xid, phase: transaction.phase, hung: transaction.hung !== null },
      ...whole,
      nextAt: time(nextAt),
      branches: branches.map((branch) => ({
        ...branch,
        since: time(branch.since),
        nextAt: time(branch.nextAt),
        lastError: branch.lastError && { ...branch.lastError, at: time(branch.lastError.at) },
      })),
    };
  }
}
