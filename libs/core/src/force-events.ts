import { withSuccess } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import { acknowledged, contradicted, endedByForce, standOf } from './branch-ends.js';
import type { EventOf } from './event.js';
import { sendPending } from './sending.js';
import { settled } from './settle-events.js';
import { reject, rejectEnded, rejectStranger, rejectUndecided, unchanged } from './step.js';
import type { Step } from './step.js';
import { UNSENT, decisionOf, findBranch, isForce, standsAgainst, withBranch } from './transaction.js';
import type { Branch, ForceProgress, Transaction } from './transaction.js';

/**
 * Takes a branch out of the hands of Confirm and Cancel. The decision stands; the participant is told, again and again
 * until it acknowledges, or is not waited for if it is gone.
 */
export function forceRequested(
  transaction: Transaction,
  event: EventOf<'forceRequested'>,
  policy: RetryPolicy,
): Step {
  const { branchId, participantGone, at } = event;
  if (transaction.endedAt !== null) return rejectEnded(transaction);
  const branch = findBranch(transaction, branchId);
  if (!branch) return rejectStranger(transaction, branchId);
  switch (branch.settle.state) {
    case 'forced':
      return unchanged(transaction);
    case 'forcing':
      if (!participantGone) return unchanged(transaction);
      break;
    case 'done':
      return reject(transaction, 'BRANCH_SETTLED', `Branch ${branchId} has followed the decision by itself.`);
    case 'none':
    case 'pending':
    case 'contradicted':
      if (decisionOf(transaction) === null) return rejectUndecided(transaction);
  }
  const forcing = ordered(branch, event);
  if (participantGone) return endedByForce(transaction, forcing, at);
  return { ...sendPending(withBranch(transaction, forcing), at, policy), save: 'durable' };
}

/** A participant says that a branch is ended by force, and how its fence stood before. */
export function forced(transaction: Transaction, event: EventOf<'forced'>, policy: RetryPolicy): Step {
  const { branchId, fence, at } = event;
  const branch = findBranch(transaction, branchId);
  if (!branch) return unchanged(transaction);
  if (isForce(branch.settle)) {
    const force = withSuccess(branch.force as ForceProgress, at);
    return acknowledged(transaction, { ...branch, force }, event, at);
  }
  // Nobody here knows of the order, or not any more.
  const decision = decisionOf(transaction);
  if (decision && standOf(transaction, fence) === 'with') {
    return settled(transaction, branchId, decision, at, policy);
  }
  const message = `The participant answered that the branch is ended by force, and was ${fence ?? 'unknown'}.`;
  return contradicted(transaction, branch, message, at, policy);
}

function ordered(branch: Branch, { at, actor, evidence }: EventOf<'forceRequested'>): Branch {
  const { settle } = branch;
  const standing: Omit<ForceProgress, 'requestedAt' | 'actor' | 'evidence'> =
    settle.state === 'forcing'
      ? (branch.force as ForceProgress)
      : {
          ...UNSENT,
          state: 'pending',
          contradicted: settle.state === 'contradicted',
          fence: null,
          settled: false,
        };
  return {
    ...branch,
    settle: { ...settle, state: 'forcing', nextAt: null },
    force: { ...standing, requestedAt: at, actor, evidence },
    // Whoever forces what is contradicted says with the same evidence how he settled that.
    ...(standsAgainst(branch) && { acknowledgement: { at, actor, evidence } }),
  };
}
