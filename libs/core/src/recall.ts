import type { RetryPolicy } from './backoff.js';
import type { EventOf } from './event.js';
import { awaitedOperation, sendPending } from './sending.js';
import { unchanged } from './step.js';
import type { Step } from './step.js';
import type { Transaction } from './transaction.js';

/** What a branch waits for: an answer to what was sent to its participant, or will be. */
export interface OpenSending {
  readonly participant: string;
  readonly attempts: number;
  readonly lastAt: number | null;
  /** When it is sent (again). */
  readonly nextAt: number | null;
}

/** What the phase still waits for; nothing while the transaction is paused. */
export function openSendings(transaction: Transaction): OpenSending[] {
  if (transaction.paused) return [];
  return transaction.branches.flatMap((branch) => {
    const open = awaitedOperation(transaction, branch);
    if (!open) return [];
    const { attempts, lastAt, nextAt } = open.progress;
    return { participant: branch.participant, attempts, lastAt, nextAt };
  });
}

/** A participant answers again, or is asked whether it does: what would be sent to it later is sent now. */
export function recalled(transaction: Transaction, event: EventOf<'recalled'>, policy: RetryPolicy): Step {
  const sent = sendPending(
    transaction,
    event.at,
    policy,
    (_, { participant }) => participant === event.participant,
  );
  return sent.effects.length > 0 ? { ...sent, save: 'durable' } : unchanged(transaction);
}
