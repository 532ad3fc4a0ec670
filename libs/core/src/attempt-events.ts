import { withFailure } from './attempt-history.js';
import { backoffMs } from './backoff.js';
import type { RetryPolicy } from './backoff.js';
import { end } from './branch-ends.js';
import { confirmWhenDue, hasCooledOff } from './decision.js';
import type { EventOf } from './event.js';
import { marked } from './hung.js';
import { scheduled, seedOf, sendPending } from './sending.js';
import { unchanged } from './step.js';
import type { Step } from './step.js';
import { decisionOf, findBranch, isSettled, openOperation, withBranch } from './transaction.js';
import type { Transaction } from './transaction.js';

/** An attempt whose outcome is unknown: it is repeated after a while, for ever once the decision stands. */
export function failed(transaction: Transaction, event: EventOf<'failed'>, policy: RetryPolicy): Step {
  const branch = findBranch(transaction, event.branchId);
  const { at, code, message } = event;
  if (!branch) return unchanged(transaction);
  const open = openOperation(transaction, branch);
  if (event.operation !== open?.operation || open.progress.state !== 'pending') return unchanged(transaction);
  const { slot, progress } = open;
  const { lastAt, lastError } = progress;
  // Only what was sent can fail, and once for each sending: a repeated report must not put off the retry.
  if (lastAt === null || (lastError !== null && lastError.at >= lastAt)) return unchanged(transaction);
  const nextAt = at + backoffMs(policy.firstMs, policy.capMs, progress.attempts, seedOf(transaction, branch));
  const noted = withBranch(transaction, {
    ...branch,
    [slot]: { ...withFailure(progress, at, code, message), nextAt, lastError: { code, message, at } },
  });
  return marked({ transaction: scheduled(noted), effects: [], save: 'none' }, at, policy);
}

/** Time has come: what was due without an answer is sent again, and may show that the transaction hangs. */
export function woken(transaction: Transaction, event: EventOf<'woken'>, policy: RetryPolicy): Step {
  return marked(
    wake(transaction, event.at, policy, (nextAt) => nextAt <= event.at),
    event.at,
    policy,
  );
}

/** A predecessor has gone: sends again all that is open. */
export function adopted(transaction: Transaction, event: EventOf<'adopted'>, policy: RetryPolicy): Step {
  return wake(transaction, event.at, policy, () => true);
}

function wake(
  transaction: Transaction,
  at: number,
  policy: RetryPolicy,
  isDue: (nextAt: number) => boolean,
): Step {
  if (transaction.paused) return unchanged(transaction);
  if (hasCooledOff(transaction, at)) return confirmWhenDue(transaction, at, policy);
  // One without branches, or whose last branch was ended by force, is decided and has nothing left to do.
  if (decisionOf(transaction) && transaction.endedAt === null && transaction.branches.every(isSettled)) {
    return end(transaction, at);
  }
  const sent = sendPending(transaction, at, policy, isDue, policy.setAside);
  // Whoever released the row set its wakeAt to that very time: unless it is put right, the row stays due.
  const rescheduled = sent.transaction.wakeAt !== transaction.wakeAt;
  return sent.effects.length > 0 || rescheduled ? { ...sent, save: 'durable' } : unchanged(transaction);
}
