import { explain } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import type { TransactionExplanation } from '@holdfast/protocol';
import type { EngineParts } from '../engine/engine-parts.js';
import { time } from './transaction-views.js';

/** Nobody here knows who reads what from Kafka: a participant that is away shows as one that does not reply. */
const WITHOUT_CONSUMER: ReadonlySet<string> = new Set();

/** Says why a transaction has not ended, and what happens next and when. */
export class TransactionExplainer {
  constructor(private readonly parts: Pick<EngineParts, 'clock' | 'participants'>) {}

  explain(transaction: Transaction): TransactionExplanation {
    const { clock, participants } = this.parts;
    const { nextAt, branches, ...whole } = explain(transaction, {
      at: clock.now(),
      withoutConsumer: WITHOUT_CONSUMER,
      pausedParticipants: participants.paused,
    });
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
