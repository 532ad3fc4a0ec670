import type { RetryPolicy } from './backoff.js';
import type { EventOf } from './event.js';
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
  if (branch.settle.state === 'done') return unchanged(transaction);
  const done = withBranch(transaction, {
    ...branch,
    settle: { ...branch.settle, state: 'done', nextAt: null },
  });
  return done.branches.every((each) => each.settle.state === 'done')
    ? end(done, at)
    : { transaction: scheduled(done), effects: [], save: 'none' };
}

export function contradiction(
  transaction: Transaction,
  event: EventOf<'contradiction'>,
  policy: RetryPolicy,
): Step {
  const branch = findBranch(transaction, event.branchId);
  if (!branch || event.operation !== decisionOf(transaction) || branch.settle.state === 'done') {
    return unchanged(transaction);
  }
  const message = `To ${event.operation} the participant answered that the branch is ${event.fence ?? 'unknown'}.`;
  return contradicted(transaction, branch, message, event.at, policy);
}

/** Records what must not be, and goes on asking, at the slowest pace, in case it was a mistake. */
function contradicted(
  transaction: Transaction,
  branch: Branch,
  message: string,
  at: number,
  policy: RetryPolicy,
): Step {
  if (branch.settle.state === 'contradicted') return unchanged(transaction);
  const lastError = { code: 'CONTRADICTION', message, at };
  const nextAt = transaction.endedAt === null ? at + policy.capMs : null;
  const noted = withBranch(
    transaction,
    transaction.phase === 'trying'
      ? { ...branch, try: { ...branch.try, lastError } }
      : { ...branch, settle: { ...branch.settle, state: 'contradicted', nextAt, lastError } },
  );
  return { transaction: scheduled(noted), effects: [], save: 'durable' };
}

export function end(transaction: Transaction, at: number): Step {
  const phase = transaction.phase === 'confirming' ? 'confirmed' : 'cancelled';
  const ended: Transaction = { ...transaction, phase, endedAt: at, wakeAt: null };
  return { transaction: ended, effects: [{ type: 'publishEnded' }], save: 'lazy' };
}
