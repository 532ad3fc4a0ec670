import { withFailure, withSuccess } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import type { EventOf } from './event.js';
import { marked } from './hung.js';
import { scheduled } from './sending.js';
import { unchanged } from './step.js';
import type { Step } from './step.js';
import { decisionOf, findBranch, withBranch } from './transaction.js';
import type { Branch, Transaction } from './transaction.js';

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
  // After the end there is nothing to settle; a contradiction raised by then stays for a person to look at.
  if (branch.settle.state === 'done' || transaction.endedAt !== null) return unchanged(transaction);
  const done = withBranch(transaction, {
    ...branch,
    settle: { ...withSuccess(branch.settle, at), state: 'done', nextAt: null },
  });
  if (done.branches.every((each) => each.settle.state === 'done')) return end(done, at);
  const step: Step = { transaction: scheduled(done), effects: [], save: 'none' };
  return transaction.hung ? marked(step, at, policy) : step;
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

/**
 * Records what must not be, before the decision and after the end as well (I12). While there is something to ask for,
 * it is asked for again, at the slowest pace, in case it was a mistake.
 */
function contradicted(
  transaction: Transaction,
  branch: Branch,
  message: string,
  at: number,
  policy: RetryPolicy,
): Step {
  const settle = withFailure(branch.settle, at, 'CONTRADICTION', message);
  if (branch.settle.state === 'contradicted') {
    // Said again of a later sending: it has its entry, and everything else stands.
    if (settle === branch.settle) return unchanged(transaction);
    return { transaction: withBranch(transaction, { ...branch, settle }), effects: [], save: 'none' };
  }
  const lastError = { code: 'CONTRADICTION', message, at };
  const nextAt = branch.settle.state === 'none' || transaction.endedAt !== null ? null : at + policy.capMs;
  const noted = withBranch(transaction, {
    ...branch,
    settle: { ...settle, state: 'contradicted', nextAt, lastError },
  });
  const { branchId } = branch;
  return {
    transaction: scheduled(noted),
    effects: [{ type: 'notify', notice: 'contradicted', at, branchId, code: 'CONTRADICTION', message }],
    save: 'durable',
  };
}

export function end(transaction: Transaction, at: number): Step {
  const phase = transaction.phase === 'confirming' ? 'confirmed' : 'cancelled';
  const ended: Transaction = { ...transaction, phase, endedAt: at, wakeAt: null, paused: null, hung: null };
  return { transaction: ended, effects: [{ type: 'publishEnded' }], save: 'lazy' };
}
