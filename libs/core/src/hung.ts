import type { StuckCode } from '@holdfast/protocol';
import { failuresOf } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import type { Step } from './step.js';
import { decisionOf, openOperation } from './transaction.js';
import type { OpenOperation, Transaction } from './transaction.js';

/** The worst first: a transaction is said to hang for the worst that one of its branches meets. */
export const HUNG_CODES = [
  'CONTRADICTION',
  'HANDLER_FAILING',
  'NO_REPLY',
] as const satisfies readonly StuckCode[];
type Obstacle = (typeof HUNG_CODES)[number];

/** What an operation of a branch meets; null if nothing went wrong so far. */
export function obstacleOf({ state, history }: OpenOperation['progress']): Obstacle | null {
  if (state === 'contradicted') return 'CONTRADICTION';
  const last = history?.at(-1);
  if (state !== 'pending' || !last) return null;
  return last.error ? 'HANDLER_FAILING' : 'NO_REPLY';
}

/**
 * Marks a step's transaction as hung, or as hung no longer, by what its branches have met by now. It keeps being
 * retried all the same. Only to be asked once an attempt is known to have failed, to be overdue or to have got
 * through: what has just been taken over or resumed may be old, and get through at once.
 */
export function marked(step: Step, at: number, policy: RetryPolicy): Step {
  const { transaction, effects } = step;
  const code = hungCode(transaction, at, policy);
  if (code === (transaction.hung?.code ?? null)) return step;
  const hung = code && { code, since: transaction.hung?.since ?? at };
  const message = `Retries did not finish it so far (${code}); they go on.`;
  return {
    transaction: { ...transaction, hung },
    effects:
      transaction.hung === null
        ? [...effects, { type: 'notify', notice: 'hung', at, branchId: null, code, message }]
        : effects,
    save: 'durable',
  };
}

function hungCode(transaction: Transaction, at: number, policy: RetryPolicy): Obstacle | null {
  if (decisionOf(transaction) === null || transaction.endedAt !== null) return null;
  const isOld = at - (transaction.decidedAt as number) >= policy.hungAfterAgeMs;
  const needed = isOld ? 1 : policy.hungAfterAttempts;
  const met = transaction.branches
    .flatMap((branch) => openOperation(transaction, branch)?.progress ?? [])
    .filter((progress) => failuresOf(progress) >= needed)
    .map(obstacleOf);
  return HUNG_CODES.find((obstacle) => met.includes(obstacle)) ?? null;
}
