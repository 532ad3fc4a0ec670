import { withSuccess } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import { acknowledged, contradicted, followed } from './branch-ends.js';
import type { EventOf } from './event.js';
import { unchanged } from './step.js';
import type { Step } from './step.js';
import { decisionOf, findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';

/** A participant says that it carried out a Confirm or a Cancel. */
export function settled(
  transaction: Transaction,
  branchId: string,
  operation: 'confirm' | 'cancel',
  at: number,
  policy: RetryPolicy,
): Step {
  const branch = findBranch(transaction, branchId);
  if (!branch) return unchanged(transaction);
  if (operation !== decisionOf(transaction)) {
    return contradicted(
      transaction,
      branch,
      `The participant answered ${operation} without being told to.`,
      at,
      policy,
    );
  }
  if (branch.settle.state === 'forced') {
    // It was said to be gone, and has come back by itself: nothing stays frozen there.
    const fence = operation === 'confirm' ? 'confirmed' : 'cancelled';
    return acknowledged(transaction, branch, { fence, settled: true }, at);
  }
  // After the end there is nothing to settle; a contradiction raised by then stays for a person to look at.
  if (branch.settle.state === 'done' || transaction.endedAt !== null) return unchanged(transaction);
  const settle = withSuccess(branch.settle, at);
  return followed(transaction, settle === branch.settle ? branch : { ...branch, settle }, at);
}

export function contradiction(
  transaction: Transaction,
  event: EventOf<'contradiction'>,
  policy: RetryPolicy,
): Step {
  const branch = findBranch(transaction, event.branchId);
  if (!branch || event.operation !== decisionOf(transaction)) return unchanged(transaction);
  const message = `To ${event.operation} the participant answered that the branch is ${event.fence ?? 'unknown'}.`;
  return contradicted(transaction, branch, message, event.at, policy);
}
