import type { OutgoingMessage } from '@holdfast/bus';
import { decisionOf } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import type { Decision, Forgotten, Inquiry, Operation } from '@holdfast/protocol';
import type { TransactionStore } from '@holdfast/store';
import type { CommandPublisher } from '../engine/command-publisher.js';
import type { DatabaseClock } from '../engine/database-clock.js';
import type { Engine } from '../engine/engine.js';
import type { History } from './history.js';
import { inquiryVerdict } from './inquiry-verdict.js';
import type { AskedBranch } from './inquiry-verdict.js';

/** Answers participants that ask about frozen branches. */
export class InquiryDesk {
  constructor(
    private readonly store: Pick<TransactionStore, 'load'>,
    private readonly publisher: CommandPublisher,
    private readonly engine: Pick<Engine, 'enqueue'>,
    private readonly clock: DatabaseClock,
    private readonly history: History,
  ) {}

  /** Reads the rows, of whoever holds them, in one statement, and sends what there is to say. */
  async answer(inquiry: Inquiry): Promise<void> {
    const { participant, askedAt, branches } = inquiry;
    const rows = await this.store.load([...new Set(branches.map(({ xid }) => xid))]);
    const transactions = new Map(rows.map(({ transaction }) => [transaction.xid, transaction]));
    const messages: OutgoingMessage[] = [];
    const forgotten: Forgotten['branches'] = [];
    for (const branch of branches) {
      const asked = { ...branch, participant, askedAt };
      const transaction = transactions.get(asked.xid);
      switch (inquiryVerdict(asked, transaction, this.clock.now(), this.history)) {
        case 'wait':
          break;
        case 'repeat':
          messages.push(...this.decided(asked, transaction as Transaction));
          break;
        case 'force':
          messages.push(...this.command(asked, transaction as Transaction, 'force'));
          break;
        case 'presumeCancelled':
          messages.push(this.publisher.cancelUnknown(asked));
          break;
        case 'forgotten':
          forgotten.push({ xid: asked.xid, branchId: asked.branchId });
          break;
        case 'contradiction':
          this.raise(asked);
      }
    }
    if (forgotten.length > 0)
      messages.push(this.publisher.notice('holdfast.forgotten', { v: 1, branches: forgotten }, participant));
    await this.publisher.publish(messages);
  }

  private decided(asked: AskedBranch, transaction: Transaction): OutgoingMessage[] {
    return this.command(asked, transaction, decisionOf(transaction) as Decision);
  }

  private command(
    { branchId }: AskedBranch,
    transaction: Transaction,
    operation: Operation,
  ): OutgoingMessage[] {
    return this.publisher.messages(transaction, [{ type: 'send', operation, branchId }]);
  }

  private raise({ xid, branchId, fence }: AskedBranch): void {
    const at = this.clock.now();
    this.engine.enqueue([
      { xid, event: { type: 'contradiction', at, branchId, operation: 'confirm', fence } },
    ]);
  }
}
