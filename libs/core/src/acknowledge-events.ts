import type { EventOf } from './event.js';
import { reject, rejectStranger, rejectUndecided, unchanged } from './step.js';
import type { Step } from './step.js';
import { decisionOf, findBranch, openOperation, standsAgainst, withBranch } from './transaction.js';
import type { Transaction } from './transaction.js';

/**
 * A contradiction that nobody asks for any more, after the end or a force, stays raised until an operator says how it
 * was settled. It changes nothing else: neither the decision nor how the branch stands.
 */
export function acknowledgeRequested(
  transaction: Transaction,
  { branchId, at, actor, evidence }: EventOf<'acknowledgeRequested'>,
): Step {
  const branch = findBranch(transaction, branchId);
  if (!branch) return rejectStranger(transaction, branchId);
  if (decisionOf(transaction) === null) return rejectUndecided(transaction);
  if (!standsAgainst(branch)) {
    return reject(
      transaction,
      'BRANCH_NOT_CONTRADICTED',
      `Nothing that branch ${branchId} said stands against the decision.`,
    );
  }
  if (branch.acknowledgement) return unchanged(transaction);
  if (openOperation(transaction, branch)) {
    const detail =
      `Branch ${branchId} is still asked to follow the decision. Once its books are brought to that, its right answer ` +
      'settles it; end it by force if it can never give one.';
    return reject(transaction, 'BRANCH_STILL_ASKED', detail);
  }
  const settled = withBranch(transaction, { ...branch, acknowledgement: { at, actor, evidence } });
  return { transaction: settled, effects: [], save: 'durable' };
}
