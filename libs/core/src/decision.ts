import { cleanText } from '@holdfast/protocol';
import type { Reason } from '@holdfast/protocol';
import type { RetryPolicy } from './backoff.js';
import type { EventOf } from './event.js';
import { scheduled, sendPending } from './sending.js';
import { reject, rejectDecided, unchanged } from './step.js';
import type { Step } from './step.js';
import { decisionOf, draftOf, draftOfAttempts, draftOfBranch } from './transaction.js';
import type { Branch, Transaction } from './transaction.js';

/** Decides, once and for good: only a transaction that is still trying comes here (I3). */
export function decide(
  transaction: Transaction,
  phase: 'confirming' | 'cancelling',
  reason: Reason | null,
  at: number,
  policy: RetryPolicy,
): Step {
  const decided = draftOf(transaction);
  decided.phase = phase;
  decided.reason = reason;
  decided.decidedAt = at;
  // Cancel goes to every branch, unanswered and refused ones too: a Try may still be in flight.
  decided.branches = transaction.branches.map(askedToFollow);
  const { transaction: sent, effects } = sendPending(decided, at, policy);
  return { transaction: sent, effects, save: 'durable' };
}

function askedToFollow(branch: Branch): Branch {
  const draft = draftOfBranch(branch);
  if (branch.try.nextAt !== null) draft.try = { ...branch.try, nextAt: null };
  draft.settle = draftOfAttempts(branch.settle, 'pending');
  return draft;
}

/** Decides to confirm; before the time that was set for that, it is only noted that nothing else is missing. */
export function confirmWhenDue(transaction: Transaction, at: number, policy: RetryPolicy): Step {
  if (!isTooEarly(transaction, at)) return decide(transaction, 'confirming', null, at, policy);
  if (transaction.coolingSince !== null) return unchanged(transaction);
  const cooling = draftOf(transaction);
  cooling.coolingSince = at;
  return { transaction: scheduled(cooling), effects: [], save: 'durable' };
}

/** Whether the time that was set for the Confirm is still ahead. */
function isTooEarly({ confirmNotBefore }: Transaction, at: number): boolean {
  return confirmNotBefore !== null && at < confirmNotBefore;
}

/** Whether it has waited for its time, and that has come. */
export function hasCooledOff(transaction: Transaction, at: number): boolean {
  return transaction.phase === 'trying' && transaction.coolingSince !== null && !isTooEarly(transaction, at);
}

/** Whether its deadline has passed. What all have said yes to, and what was asked to confirm, has met it. */
export function isExpired({ phase, deadlineAt, coolingSince }: Transaction, at: number): boolean {
  return phase === 'trying' && coolingSince === null && at >= deadlineAt;
}

/** The decision of a transaction whose deadline has passed. */
export function expire(transaction: Transaction, at: number, policy: RetryPolicy): Step {
  const silent = transaction.branches.filter((branch) => branch.try.state === 'pending');
  const message =
    `It was to be decided by ${new Date(transaction.deadlineAt).toISOString()}. ` +
    (silent.length > 0
      ? `No answer to Try from: ${silent.map((branch) => branch.branchId).join(', ')}.`
      : 'Nobody asked to confirm it.');
  const reason = { code: 'TIMEOUT', message: cleanText(message), branchId: null };
  return decide(transaction, 'cancelling', reason, at, policy);
}

export function confirmRequested(
  transaction: Transaction,
  event: EventOf<'confirmRequested'>,
  policy: RetryPolicy,
): Step {
  if (decisionOf(transaction) === 'confirm') return unchanged(transaction);
  if (decisionOf(transaction) === 'cancel') return rejectDecided(transaction);
  const meant = new Set(event.branchIds);
  const standing = transaction.branches.map((branch) => branch.branchId);
  if (meant.size !== standing.length || !standing.every((branchId) => meant.has(branchId))) {
    return reject(
      transaction,
      'BRANCHES_DIFFER',
      `The request means ${[...meant].join(', ') || 'no branch'}, but these stand: ${standing.join(', ') || 'none'}.`,
    );
  }
  const silent = transaction.branches.find((branch) => branch.try.state !== 'tried');
  if (silent) {
    return reject(
      transaction,
      'BRANCH_UNANSWERED',
      `Branch ${silent.branchId} has not answered its Try; wait for it, or cancel.`,
    );
  }
  return confirmWhenDue(transaction, event.at, policy);
}

export function cancelRequested(
  transaction: Transaction,
  event: EventOf<'cancelRequested'>,
  policy: RetryPolicy,
): Step {
  if (decisionOf(transaction) === 'cancel') return unchanged(transaction);
  if (decisionOf(transaction) === 'confirm') return rejectDecided(transaction);
  const { code, message } = event;
  return decide(transaction, 'cancelling', { code, message, branchId: null }, event.at, policy);
}
