import { withSilence } from './attempt-history.js';
import { backoffMs } from './backoff.js';
import type { RetryPolicy } from './backoff.js';
import type { Effect } from './step.js';
import { openOperation, operationOf } from './transaction.js';
import type { Branch, OpenOperation, Transaction } from './transaction.js';

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Sends what the phase asks of each branch that has not answered: what was never sent at once, the rest if `isDue`
 * says so of its time. Branches are independent: one that is dead delays no sibling. While it is paused nothing is sent.
 * What is for a paused participant waits for the cap, and so does what was sent to one that is set aside before.
 */
export function sendPending(
  transaction: Transaction,
  at: number,
  policy: RetryPolicy,
  isDue: (nextAt: number, branch: Branch) => boolean = () => false,
  setAside: ReadonlySet<string> = NOBODY,
): { transaction: Transaction; effects: readonly Effect[] } {
  if (operationOf(transaction) === null || transaction.paused)
    return { transaction: scheduled(transaction), effects: [] };
  const effects: Effect[] = [];
  const branches = transaction.branches.map((branch) => {
    const open = awaitedOperation(transaction, branch);
    if (!open) return branch;
    const { slot, operation, progress } = open;
    if (progress.nextAt !== null && !isDue(progress.nextAt, branch)) return branch;
    const attempts = progress.attempts + 1;
    if (policy.paused?.has(branch.participant) || (attempts > 1 && setAside.has(branch.participant))) {
      const waitMs = backoffMs(policy.capMs, policy.capMs, attempts, seedOf(transaction, branch));
      return { ...branch, [slot]: { ...withSilence(progress), nextAt: at + waitMs } };
    }
    effects.push({ type: 'send', operation, branchId: branch.branchId });
    const patienceMs =
      progress.state === 'contradicted'
        ? policy.capMs
        : backoffMs(policy.replyTimeoutMs, policy.capMs, attempts, seedOf(transaction, branch));
    return {
      ...branch,
      [slot]: {
        ...withSilence(progress),
        attempts,
        firstAt: progress.firstAt ?? at,
        lastAt: at,
        nextAt: at + patienceMs,
      },
    };
  });
  return { transaction: scheduled({ ...transaction, branches }), effects };
}

/** The operation of which a command of ours has no answer yet. What a participant tries by itself, it reports by itself. */
export function awaitedOperation(transaction: Transaction, branch: Branch): OpenOperation | null {
  const open = openOperation(transaction, branch);
  return open?.slot === 'try' && branch.tryBy !== 'coordinator' ? null : open;
}

/** Sets the next time at which there is something to do. All have one that have not ended and are not paused. */
export function scheduled(transaction: Transaction): Transaction {
  const { phase, deadlineAt, confirmNotBefore, coolingSince, decidedAt, branches } = transaction;
  if (operationOf(transaction) === null) return transaction;
  if (transaction.paused) return { ...transaction, wakeAt: null };
  const attempts = branches
    .map((branch) => openOperation(transaction, branch)?.progress.nextAt ?? null)
    .filter((nextAt) => nextAt !== null);
  if (phase === 'trying' && coolingSince !== null) return { ...transaction, wakeAt: confirmNotBefore };
  if (phase === 'trying') return { ...transaction, wakeAt: Math.min(...attempts, deadlineAt) };
  // Once decided, one has no attempt ahead only if it waits for no branch: it can end at once.
  return { ...transaction, wakeAt: attempts.length > 0 ? Math.min(...attempts) : decidedAt };
}

/** Seeds the jitter of a branch's attempts. */
export function seedOf(transaction: Transaction, branch: Branch): string {
  return `${transaction.xid}/${branch.branchId}`;
}
