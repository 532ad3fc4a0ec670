import { decisionOf, findBranch, isForce } from '@holdfast/core';
import type { Transaction } from '@holdfast/core';
import type { Inquiry } from '@holdfast/protocol';
import { isForgotten } from './history.js';
import type { History } from './history.js';

/** How far the clocks of two databases may be apart, in milliseconds. */
const CLOCKS_APART_MS_MAX = 60_000;

/** A branch that a participant found frozen past its deadline. */
export type AskedBranch = Inquiry['branches'][number] & Pick<Inquiry, 'participant' | 'askedAt'>;

export type InquiryVerdict =
  /** It is not decided, what was decided is on its way, or an operator holds it. */
  | 'wait'
  /** Send the command that was decided once more. */
  | 'repeat'
  /** An operator ended it by force, or is about to: tell it so. */
  | 'force'
  /** There never was such a branch, or the crash that took its begin took all of it: nobody can have confirmed it. */
  | 'presumeCancelled'
  /** Nobody knows any more what was decided. */
  | 'forgotten'
  /** Its participant has acknowledged the Confirm, and yet it is frozen. */
  | 'contradiction';

/**
 * What to tell a participant about a branch that is frozen there.
 * @param transaction as its row says, read after the question came; a begin is durable before its first Try leaves.
 */
export function inquiryVerdict(
  asked: AskedBranch,
  transaction: Transaction | undefined,
  now: number,
  history: History,
): InquiryVerdict {
  if (!transaction) return isForgotten(asked.xid, now, history) ? 'forgotten' : 'presumeCancelled';
  if (transaction.paused) return 'wait';
  const branch = findBranch(transaction, asked.branchId);
  if (branch?.participant !== asked.participant || branch.resource !== asked.resource)
    return 'presumeCancelled';
  const decision = decisionOf(transaction);
  const { settle } = branch;
  if (isForce(settle)) return 'force';
  if (decision === null || settle.attempts === 0) return 'wait';
  if (decision === 'cancel' || settle.state === 'pending') return 'repeat';
  if (transaction.endedAt === null) return settle.state === 'contradicted' ? 'repeat' : 'wait';
  // The Confirm may have come between the question and its arrival here.
  return asked.askedAt > transaction.endedAt + CLOCKS_APART_MS_MAX ? 'contradiction' : 'wait';
}
