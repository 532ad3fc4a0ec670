import { decisionOf, hungCodeOf, isContradicted, isDisputed, isForced } from '@holdfast/core';
import type { Branch, ParticipantsKnown, SettleProgress, Transaction, TryProgress } from '@holdfast/core';
import type {
  BranchState,
  BranchSummary,
  OperationView,
  TransactionDetail,
  TransactionListItem,
  TransactionSummary,
} from '@holdfast/protocol';
import type { ListedTransaction } from '@holdfast/store';

export function time(at: number): string;
export function time(at: number | null): string | null;
export function time(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

/** Where a branch stands in a transaction that stands so. */
export function branchState(
  transaction: Pick<Transaction, 'phase'>,
  { try: first, settle }: Pick<Branch, 'try' | 'settle'>,
): BranchState {
  const confirm = decisionOf(transaction) === 'confirm';
  switch (settle.state) {
    case 'contradicted':
    case 'forcing':
    case 'forced':
      return settle.state;
    case 'done':
      return confirm ? 'confirmed' : 'cancelled';
    case 'pending':
      return confirm ? 'confirming' : 'cancelling';
    case 'none':
      return first.state === 'pending' ? 'trying' : first.state;
  }
}

export function branchSummary(transaction: Transaction, branch: Branch): BranchSummary {
  const { branchId, participant, resource } = branch;
  return {
    branchId,
    participant,
    resource,
    state: branchState(transaction, branch),
    answer: branch.try.state === 'tried' ? branch.try.answer : null,
    refusal: branch.try.state === 'refused' ? branch.try.refusal : null,
  };
}

type Hanging = Pick<ListedTransaction, 'hung' | 'paused' | 'disputed'>;

function hungView({ hung, paused, disputed }: Hanging, known: ParticipantsKnown) {
  const code = hung && hungCodeOf({ hung, isPaused: paused !== null, disputed }, known);
  return code && { code, since: time(hung.since) };
}

/** What the initiator's calls answer. */
export function transactionSummary(transaction: Transaction, known: ParticipantsKnown): TransactionSummary {
  const { xid, name, reference, phase, reason, branches, paused } = transaction;
  const { beganAt, deadlineAt, decidedAt, endedAt } = transaction;
  return {
    xid,
    name,
    reference,
    phase,
    reason,
    beganAt: time(beganAt),
    deadlineAt: time(deadlineAt),
    confirmNotBefore: time(transaction.confirmNotBefore),
    coolingSince: time(transaction.coolingSince),
    decidedAt: time(decidedAt),
    endedAt: time(endedAt),
    paused: paused && { ...paused, since: time(paused.since) },
    hung: hungView({ ...transaction, disputed: isDisputed(transaction) }, known),
    contradicted: isContradicted(transaction),
    forced: isForced(transaction),
    branches: branches.map((branch) => branchSummary(transaction, branch)),
  };
}

const NEVER: OperationView = {
  state: 'none',
  attempts: 0,
  firstAt: null,
  lastAt: null,
  nextAt: null,
  lastError: null,
};

function operationView(progress: TryProgress | SettleProgress): OperationView {
  const { attempts, firstAt, lastAt, nextAt, lastError } = progress;
  return {
    state: progress.state === 'tried' ? 'done' : progress.state,
    attempts,
    firstAt: time(firstAt),
    lastAt: time(lastAt),
    nextAt: time(nextAt),
    lastError: lastError && { ...lastError, at: time(lastError.at) },
  };
}

/** The branch by operation matrix. */
export function transactionDetail(transaction: Transaction, known: ParticipantsKnown): TransactionDetail {
  const decision = decisionOf(transaction);
  return {
    ...transactionSummary(transaction, known),
    wakeAt: time(transaction.wakeAt),
    branches: transaction.branches.map((branch) => ({
      ...branchSummary(transaction, branch),
      tryBy: branch.tryBy,
      input: branch.input,
      operations: {
        try: operationView(branch.try),
        confirm: decision === 'confirm' ? operationView(branch.settle) : NEVER,
        cancel: decision === 'cancel' ? operationView(branch.settle) : NEVER,
      },
    })),
  };
}

/** One row of a list. */
export function transactionListItem(row: ListedTransaction, known: ParticipantsKnown): TransactionListItem {
  const {
    beganAt,
    deadlineAt,
    confirmNotBefore,
    coolingSince,
    decidedAt,
    endedAt,
    paused,
    disputed: _disputed,
    ...rest
  } = row;
  return {
    ...rest,
    beganAt: time(beganAt),
    deadlineAt: time(deadlineAt),
    confirmNotBefore: time(confirmNotBefore),
    coolingSince: time(coolingSince),
    decidedAt: time(decidedAt),
    endedAt: time(endedAt),
    paused: paused && { ...paused, since: time(paused.since) },
    hung: hungView(row, known),
  };
}
