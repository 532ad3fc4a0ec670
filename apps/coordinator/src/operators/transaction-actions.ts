import type { Event, Transaction } from '@holdfast/core';
import type { AcknowledgeRequest, ForceResolveRequest, TransactionAction } from '@holdfast/protocol';
import type { EngineParts } from '../engine/engine-parts.js';
import type { InputResult } from '../engine/input.js';
import { expectApplied } from '../rest/transaction-rejected.js';
import type { OperatorActions } from '../signals/operator-actions.js';
import { unlessChanged } from './etag.js';

/** The code with which a transaction is cancelled that an operator cancelled. */
const OPERATOR_CANCELLED = 'OPERATOR_CANCELLED';

/** What an operator wants done to one transaction, and why. */
export interface Order {
  readonly action: TransactionAction;
  /** The credential's owner. */
  readonly actor: string;
  readonly reason: string;
  /** ETags of the state that is meant; any state where none are given. */
  readonly ifMatch?: readonly string[];
  /** The branches that a retry means; all where none are given. */
  readonly branchIds?: readonly string[];
  /** Of a force-resolve: the branch, and what shows how it really stands. */
  readonly force?: ForceOrder;
  /** Of an acknowledgement: the branch, and what shows that its contradiction is settled. */
  readonly acknowledge?: Omit<AcknowledgeRequest, 'reason'>;
  readonly batchId?: string;
}

type ForceOrder = Omit<ForceResolveRequest, 'reason'>;

/** Carries out what operators want. Each action is in the audit log, in the same commit as what it changed (I15). */
export class TransactionActions {
  constructor(
    private readonly parts: Pick<EngineParts, 'engine' | 'clock'>,
    private readonly counter: OperatorActions,
  ) {}

  /**
   * The transaction after it.
   * @throws a problem if it is turned down, or if nobody knows whether it was done.
   */
  async carryOut(xid: string, order: Order): Promise<Transaction> {
    return expectApplied(xid, await this.submit(xid, order));
  }

  async submit(xid: string, order: Order): Promise<InputResult> {
    const { action, actor, reason, ifMatch, batchId, force, acknowledge } = order;
    const at = this.parts.clock.now();
    const result = await this.parts.engine.apply(xid, eventOf(order, at), {
      audit: {
        ...{ at, actor, action, reason },
        ...(batchId !== undefined && { batchId }),
        ...(force && { branchId: force.branchId, evidence: evidenceOf(force) }),
        ...acknowledge,
      },
      ...(ifMatch && { guard: unlessChanged(ifMatch) }),
    });
    if (result.type === 'applied' && !result.rejection) this.counter.done(action);
    return result;
  }
}

/** The audit tells what nobody waited for. */
function evidenceOf({ evidence, participantGone }: ForceOrder): string {
  return participantGone ? `The participant is gone for good. ${evidence}` : evidence;
}

function eventOf({ action, actor, reason, branchIds, force, acknowledge }: Order, at: number): Event {
  switch (action) {
    case 'retry':
      return { type: 'retryRequested', at, actor, reason, branchIds: branchIds ?? null };
    case 'pause':
      return { type: 'pauseRequested', at, actor, reason };
    case 'resume':
      return { type: 'resumeRequested', at, actor, reason };
    case 'force-resolve':
      return { type: 'forceRequested', at, actor, reason, ...(force as ForceOrder) };
    case 'acknowledge':
      return {
        type: 'acknowledgeRequested',
        ...{ at, actor, reason },
        ...(acknowledge as Required<Order>['acknowledge']),
      };
    case 'cancel':
      return { type: 'cancelRequested', at, code: OPERATOR_CANCELLED, message: reason };
  }
}
