import type { RetryPolicy } from './backoff.js';
import { confirmWhenDue, expire, hasCooledOff, isExpired } from './decision.js';
import type { EventOf } from './event.js';
import { scheduled, sendPending } from './sending.js';
import { reject, rejectEnded, rejectStranger, unchanged } from './step.js';
import type { Effect, Step } from './step.js';
import { draftOf, findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';

/** Sends now what would be sent later. Attempts and backoff count on. */
export function retryRequested(
  transaction: Transaction,
  event: EventOf<'retryRequested'>,
  policy: RetryPolicy,
): Step {
  const { branchIds, at } = event;
  if (transaction.endedAt !== null) return rejectEnded(transaction);
  if (transaction.paused) {
    const detail = 'It is paused, and nothing is sent meanwhile. Resume it: that sends at once what is open.';
    return reject(transaction, 'TRANSACTION_PAUSED', detail);
  }
  const stranger = branchIds?.find((branchId) => !findBranch(transaction, branchId));
  if (stranger !== undefined) {
    return rejectStranger(transaction, stranger);
  }
  const sent = sendPending(
    transaction,
    at,
    policy,
    (_, { branchId }) => branchIds?.includes(branchId) ?? true,
  );
  return sent.effects.length > 0 ? { ...sent, save: 'durable' } : unchanged(transaction);
}

/**
 * Holds what leaves and what time brings, the deadline too. What is said still counts: answers are noted and may
 * decide, and so do requests; only what follows from it waits for the resume.
 */
export function pauseRequested(transaction: Transaction, event: EventOf<'pauseRequested'>): Step {
  if (transaction.endedAt !== null) return rejectEnded(transaction);
  if (transaction.paused) return unchanged(transaction);
  const { at, actor, reason } = event;
  const paused = draftOf(transaction);
  paused.paused = { since: at, actor, reason };
  return {
    transaction: scheduled(paused),
    effects: [notice('paused', at, reason)],
    save: 'durable',
  };
}

/** Goes on at once: with the deadline or the Confirm if its time has come, else with all that is open, due or not. */
export function resumeRequested(
  transaction: Transaction,
  event: EventOf<'resumeRequested'>,
  policy: RetryPolicy,
): Step {
  if (transaction.endedAt !== null) return rejectEnded(transaction);
  if (!transaction.paused) return unchanged(transaction);
  const { at, reason } = event;
  const resumed = { ...transaction, paused: null };
  const next = goOn(resumed, at, policy);
  return {
    transaction: next.transaction,
    effects: [...next.effects, notice('resumed', at, reason)],
    save: 'durable',
  };
}

function goOn(
  transaction: Transaction,
  at: number,
  policy: RetryPolicy,
): Pick<Step, 'transaction' | 'effects'> {
  if (isExpired(transaction, at)) return expire(transaction, at, policy);
  if (hasCooledOff(transaction, at)) return confirmWhenDue(transaction, at, policy);
  return sendPending(transaction, at, policy, () => true);
}

function notice(type: 'paused' | 'resumed', at: number, reason: string): Effect {
  return { type: 'notify', notice: type, at, branchId: null, code: null, message: reason };
}
