import { withSilence } from './attempt-history.js';
import { backoffMs } from './backoff.js';
import type { RetryPolicy } from './backoff.js';
import type { Effect } from './step.js';
import { draftOf, draftOfAttempts, draftOfBranch, openOperation, operationOf } from './transaction.js';
import type { Attempts, Branch, Draft, OpenOperation, Transaction } from './transaction.js';

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
  if (operationOf(transaction) === null) return { transaction, effects: [] };
  if (transaction.paused) return { transaction: scheduled(draftOf(transaction)), effects: [] };
  const effects: Effect[] = [];
  const branches = transaction.branches.map((branch) => {
    const open = awaitedOperation(transaction, branch);
    if (!open) return branch;
    const { slot, operation, progress } = open;
    if (progress.nextAt !== null && !isDue(progress.nextAt, branch)) return branch;
    const attempts = progress.attempts + 1;
    if (policy.paused?.has(branch.participant) || (attempts > 1 && setAside.has(branch.participant))) {
      const waitMs = backoffMs(policy.capMs, policy.capMs, attempts, seedOf(transaction, branch));
      const waiting = attemptsOf(open);
      waiting.nextAt = at + waitMs;
      return withAttempts(branch, slot, waiting);
    }
    effects.push({ type: 'send', operation, branchId: branch.branchId });
    const patienceMs =
      progress.state === 'contradicted'
        ? policy.capMs
        : backoffMs(policy.replyTimeoutMs, policy.capMs, attempts, seedOf(transaction, branch));
    const sent = attemptsOf(open);
    sent.attempts = attempts;
    sent.firstAt = progress.firstAt ?? at;
    sent.lastAt = at;
    sent.nextAt = at + patienceMs;
    return withAttempts(branch, slot, sent);
  });
  const draft = draftOf(transaction);
  draft.branches = branches;
  return { transaction: scheduled(draft), effects };
}

function attemptsOf({ slot, progress }: OpenOperation): Draft<Attempts> {
  const silent = withSilence(progress);
  return slot === 'force' ? { ...silent } : draftOfAttempts(silent, silent.state);
}

function withAttempts(branch: Branch, slot: OpenOperation['slot'], attempts: Attempts): Branch {
  const draft = draftOfBranch(branch);
  draft[slot] = attempts as never;
  return draft;
}

/** The operation of which a command of ours has no answer yet. What a participant tries by itself, it reports by itself. */
export function awaitedOperation(transaction: Transaction, branch: Branch): OpenOperation | null {
  const open = openOperation(transaction, branch);
  return open?.slot === 'try' && branch.tryBy !== 'coordinator' ? null : open;
}

/** Sets in a draft the next time at which there is something to do. All have one that have not ended and are not paused. */
export function scheduled(draft: Draft<Transaction>): Transaction {
  if (operationOf(draft) !== null) draft.wakeAt = wakeAtOf(draft);
  return draft;
}

function wakeAtOf(transaction: Transaction): number | null {
  const { phase, deadlineAt, confirmNotBefore, coolingSince, decidedAt, paused } = transaction;
  if (paused) return null;
  if (phase === 'trying' && coolingSince !== null) return confirmNotBefore;
  const attemptAt = nextAttemptAt(transaction);
  if (phase === 'trying') return Math.min(attemptAt, deadlineAt);
  // Once decided, one has no attempt ahead only if it waits for no branch: it can end at once.
  return attemptAt === Infinity ? decidedAt : attemptAt;
}

/** When the first of its open operations is to be sent (again); Infinity if none is. */
function nextAttemptAt(transaction: Transaction): number {
  let earliest = Infinity;
  for (const branch of transaction.branches) {
    const nextAt = openOperation(transaction, branch)?.progress.nextAt ?? Infinity;
    if (nextAt < earliest) earliest = nextAt;
  }
  return earliest;
}

/** Seeds the jitter of a branch's attempts. */
export function seedOf(transaction: Transaction, branch: Branch): string {
  return `${transaction.xid}/${branch.branchId}`;
}
