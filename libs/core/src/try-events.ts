import { BRANCHES_MAX } from '@holdfast/protocol';
import { withSuccess } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import { confirmWhenDue, decide } from './decision.js';
import type { EventOf } from './event.js';
import { sameJson } from './same-json.js';
import { scheduled, sendPending } from './sending.js';
import { reject, rejectDecided, unchanged } from './step.js';
import type { Step } from './step.js';
import { draftOfBranch, findBranch, registered, withBranch } from './transaction.js';
import type { Branch, BranchDeclaration, Transaction } from './transaction.js';

export function branchRegistered(
  transaction: Transaction,
  event: EventOf<'branchRegistered'>,
  policy: RetryPolicy,
): Step {
  const { branch } = event;
  const standing = findBranch(transaction, branch.branchId);
  if (standing) {
    return sameDeclaration(standing, branch)
      ? unchanged(transaction)
      : reject(
          transaction,
          'BRANCH_DIFFERS',
          `Branch ${branch.branchId} stands with another participant, resource or input.`,
        );
  }
  if (transaction.phase !== 'trying') return rejectDecided(transaction);
  if (transaction.declared) {
    return reject(transaction, 'TRANSACTION_DECLARED', 'It named all its branches when it was begun.');
  }
  if (transaction.coolingSince !== null) {
    return reject(
      transaction,
      'REGISTRATION_CLOSED',
      'It was asked to confirm, and only waits for its time.',
    );
  }
  if (transaction.branches.length >= BRANCHES_MAX) {
    return reject(
      transaction,
      'BRANCH_LIMIT_REACHED',
      `A transaction holds at most ${BRANCHES_MAX} branches.`,
    );
  }
  const extended = { ...transaction, branches: [...transaction.branches, registered(branch)] };
  return { ...sendPending(extended, event.at, policy), save: 'durable' };
}

export function tried(transaction: Transaction, event: EventOf<'tried'>, policy: RetryPolicy): Step {
  const branch = findBranch(transaction, event.branchId);
  const obstacle = event.reported ? reportObstacle(transaction, branch, 'tried') : undefined;
  if (obstacle) return obstacle;
  if (transaction.phase !== 'trying' || branch?.try.state !== 'pending') return unchanged(transaction);
  const answered = withBranch(transaction, withYes(branch, event));
  // Confirm only if every branch answered Try with yes (I2).
  if (answered.declared && answered.branches.every((each) => each.try.state === 'tried')) {
    return confirmWhenDue(answered, event.at, policy);
  }
  // Whoever adds branches one by one is told each answer, so each must outlive a crash before.
  return { transaction: scheduled(answered), effects: [], save: answered.declared ? 'none' : 'durable' };
}

function withYes(branch: Branch, { at, answer }: EventOf<'tried'>): Branch {
  const { attempts, firstAt, lastAt, lastError, history } = withSuccess(branch.try, at);
  const yes = { attempts, firstAt, lastAt, nextAt: null, lastError, state: 'tried', answer } as const;
  const draft = draftOfBranch(branch);
  draft.try = history ? { ...yes, history } : yes;
  return draft;
}

export function refused(transaction: Transaction, event: EventOf<'refused'>, policy: RetryPolicy): Step {
  const branch = findBranch(transaction, event.branchId);
  const obstacle = event.reported ? reportObstacle(transaction, branch, 'refused') : undefined;
  if (obstacle) return obstacle;
  if (transaction.phase !== 'trying' || branch?.try.state !== 'pending') return unchanged(transaction);
  const { branchId, code, message, at } = event;
  const answered = withBranch(transaction, {
    ...branch,
    try: { ...withSuccess(branch.try, at), state: 'refused', refusal: { code, message } },
  });
  return decide(answered, 'cancelling', { code, message, branchId }, at, policy);
}

/** Why a participant's own report of its Try is turned down or needs nothing done; undefined if it is news. */
function reportObstacle(
  transaction: Transaction,
  branch: Branch | undefined,
  answer: 'tried' | 'refused',
): Step | undefined {
  if (!branch) return reject(transaction, 'BRANCH_NOT_FOUND', 'Register the branch before you report on it.');
  if (branch.tryBy !== 'participant') {
    return reject(
      transaction,
      'REPORT_NOT_EXPECTED',
      `The coordinator tries branch ${branch.branchId} by itself.`,
    );
  }
  if (branch.try.state === answer) return unchanged(transaction);
  if (branch.try.state !== 'pending') {
    return reject(
      transaction,
      'REPORT_DIFFERS',
      `Branch ${branch.branchId} was reported as ${branch.try.state}.`,
    );
  }
  // What is pending after the decision can only be cancelled; its Cancel is on the way.
  return transaction.phase === 'trying' ? undefined : rejectDecided(transaction);
}

function sameDeclaration(standing: Branch, branch: BranchDeclaration): boolean {
  return (
    standing.participant === branch.participant &&
    standing.resource === branch.resource &&
    standing.tryBy === branch.tryBy &&
    sameJson(standing.input, branch.input)
  );
}
