import { decisionOf } from '@holdfast/core';
import type {
  Branch,
  ForceProgress,
  PastAttempt,
  SettleProgress,
  Transaction,
  TryProgress,
} from '@holdfast/core';
import type { AttemptView, TransactionHistory } from '@holdfast/protocol';

type Progress = TryProgress | SettleProgress | ForceProgress;

/** Every attempt that is known, the oldest first. */
export function transactionHistory(transaction: Transaction): TransactionHistory {
  const settle = decisionOf(transaction);
  const items = transaction.branches.flatMap((branch) => [
    ...attemptsOf(branch, 'try', branch.try),
    ...(settle ? attemptsOf(branch, settle, branch.settle) : []),
    ...(branch.force ? attemptsOf(branch, 'force', branch.force) : []),
  ]);
  const made = transaction.branches.reduce(
    (sum, { try: first, settle, force }) => sum + first.attempts + settle.attempts + (force?.attempts ?? 0),
    0,
  );
  return {
    xid: transaction.xid,
    items: items.sort((a, b) => a.sentAt.localeCompare(b.sentAt)),
    omitted: made - items.length,
  };
}

function attemptsOf(
  { branchId }: Branch,
  operation: AttemptView['operation'],
  progress: Progress,
): AttemptView[] {
  return entriesOf(progress).map(({ attempt, sentAt, answeredAt, error }, i, all) => ({
    ...{ branchId, operation, attempt, error },
    sentAt: new Date(sentAt).toISOString(),
    answeredAt: answeredAt === null ? null : new Date(answeredAt).toISOString(),
    outcome: error ? 'failed' : i < all.length - 1 ? 'unanswered' : outcomeOf(progress),
  }));
}

/** What was noted, and the latest sending, which is noted only once it had to be repeated or has ended the trouble. */
function entriesOf({ attempts, lastAt, history = [] }: Progress): readonly PastAttempt[] {
  if (lastAt === null || history.at(-1)?.attempt === attempts) return history;
  return [...history, { attempt: attempts, sentAt: lastAt, answeredAt: null, error: null }];
}

/** What came of the latest sending, by how the operation stands. */
function outcomeOf({ state }: Progress): AttemptView['outcome'] {
  switch (state) {
    case 'tried':
    case 'done':
      return 'done';
    case 'refused':
    case 'contradicted':
      return state;
    case 'none':
    case 'pending':
    case 'forcing':
    case 'forced':
      return 'unanswered';
  }
}
