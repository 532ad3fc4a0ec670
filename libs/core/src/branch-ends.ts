import { cleanText } from '@holdfast/protocol';
import { withFailure } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import type { EventOf } from './event.js';
import { scheduled } from './sending.js';
import { unchanged } from './step.js';
import type { Effect, Step } from './step.js';
import {
  decisionOf,
  draftOf,
  draftOfAttempts,
  draftOfBranch,
  isForce,
  isSettled,
  withBranch,
} from './transaction.js';
import type { Branch, ForceProgress, Transaction } from './transaction.js';

/** A branch has followed the decision; the last one to do so ends the transaction. */
export function followed(transaction: Transaction, branch: Branch, at: number): Step {
  const settle = draftOfAttempts(branch.settle, 'done');
  settle.nextAt = null;
  const following = draftOfBranch(branch);
  following.settle = settle;
  const done = withBranch(transaction, following);
  if (done.branches.every(isSettled)) return end(done, at);
  return { transaction: scheduled(done), effects: [], save: 'none' };
}

/**
 * Records what must not be, before the decision and after the end as well (I12). While there is something to ask for,
 * it is asked for again, at the slowest pace, in case it was a mistake. A branch that is being forced stays so.
 */
export function contradicted(
  transaction: Transaction,
  branch: Branch,
  message: string,
  at: number,
  policy: RetryPolicy,
): Step {
  const { branchId, force } = branch;
  const lastError = { code: 'CONTRADICTION', message, at };
  const raised = (settle: Branch['settle'], more: Partial<Branch> = {}): Step => ({
    transaction: scheduled(withBranch(transaction, { ...branch, ...more, settle })),
    effects: [contradictedNotice(branchId, message, at)],
    save: 'durable',
  });
  if (isForce(branch.settle)) {
    const standing = force as ForceProgress;
    if (standing.contradicted) return unchanged(transaction);
    return raised({ ...branch.settle, lastError }, { force: { ...standing, contradicted: true } });
  }
  const settle = withFailure(branch.settle, at, 'CONTRADICTION', message);
  if (branch.settle.state === 'contradicted') {
    // Said again of a later sending: it has its entry, and everything else stands.
    if (settle === branch.settle) return unchanged(transaction);
    return { transaction: withBranch(transaction, { ...branch, settle }), effects: [], save: 'none' };
  }
  const nextAt = branch.settle.state === 'none' || transaction.endedAt !== null ? null : at + policy.capMs;
  return raised({ ...settle, state: 'contradicted', nextAt, lastError });
}

/** How a fence stood when the force came to it. */
type Found = Pick<EventOf<'forced'>, 'fence' | 'settled'>;

/**
 * A participant's word on a branch that is being forced, or was without it: the branch has followed the decision by
 * itself, or ends as forced, and what it says against the decision is raised (I12).
 */
export function acknowledged(
  transaction: Transaction,
  branch: Branch,
  { fence, settled }: Found,
  at: number,
): Step {
  const standing = branch.force as ForceProgress;
  if (standing.state === 'done') return unchanged(transaction);
  const stand = standOf(transaction, fence);
  const isNews = stand === 'against' && !standing.contradicted;
  const force: ForceProgress = {
    ...standing,
    ...{ state: 'done', nextAt: null, fence, settled },
    contradicted: standing.contradicted || isNews,
  };
  const heard = { ...branch, force };
  if (branch.settle.state === 'forcing' && stand === 'with') return followed(transaction, heard, at);
  const message = `To the force the participant answered that the branch is ${fence ?? 'unknown'}.`;
  const step: Step =
    branch.settle.state === 'forcing'
      ? endedByForce(transaction, heard, at)
      : { transaction: withBranch(transaction, heard), effects: [], save: 'durable' };
  const { branchId } = branch;
  return isNews ? { ...step, effects: [...step.effects, contradictedNotice(branchId, message, at)] } : step;
}

/**
 * A branch ends as forced. Durable before the end, which the next timer brings if it was the last one: no end shares a
 * step with what people have to be told.
 */
export function endedByForce(transaction: Transaction, branch: Branch, at: number): Step {
  const { branchId } = branch;
  const force = branch.force as ForceProgress;
  const forced = withBranch(transaction, {
    ...branch,
    settle: { ...branch.settle, state: 'forced', nextAt: null },
    force: { ...force, nextAt: null },
  });
  const message = cleanText(`${force.actor} ended it by force: ${force.evidence}`);
  const notice: Effect = { type: 'notify', notice: 'forced', at, branchId, code: null, message };
  return { transaction: scheduled(forced), effects: [notice], save: 'durable' };
}

export function end(transaction: Transaction, at: number): Step {
  const phase = transaction.phase === 'confirming' ? 'confirmed' : 'cancelled';
  const ended = draftOf(transaction);
  ended.phase = phase;
  ended.endedAt = at;
  ended.wakeAt = null;
  ended.paused = null;
  ended.hung = null;
  return { transaction: ended, effects: [{ type: 'publishEnded' }], save: 'lazy' };
}

/** How a fence stands to the decision: with it, against it, or still undecided. */
export function standOf(
  transaction: Transaction,
  fence: EventOf<'forced'>['fence'],
): 'with' | 'against' | 'open' {
  const standing = fence ?? 'absent';
  if (decisionOf(transaction) === 'confirm') {
    if (standing === 'confirmed') return 'with';
    return ['absent', 'refused', 'cancelling', 'cancelled'].includes(standing) ? 'against' : 'open';
  }
  if (['absent', 'refused', 'cancelled'].includes(standing)) return 'with';
  return ['confirming', 'confirmed'].includes(standing) ? 'against' : 'open';
}

function contradictedNotice(branchId: string, message: string, at: number): Effect {
  return { type: 'notify', notice: 'contradicted', at, branchId, code: 'CONTRADICTION', message };
}
