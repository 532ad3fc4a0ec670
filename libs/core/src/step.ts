import type { NoticeType, Operation, ProblemCode } from '@holdfast/protocol';
import type { Transaction } from './transaction.js';

/** What the shell has to do once the new state is as durable as `save` asks. */
export type Effect =
  | { readonly type: 'send'; readonly operation: Operation; readonly branchId: string }
  /** An end is saved only after the bus has acknowledged this. */
  | { readonly type: 'publishEnded' }
  /** Something that people should know of; the truth is in the row, so one that gets lost is not told again. */
  | {
      readonly type: 'notify';
      readonly notice: NoticeType;
      readonly at: number;
      readonly branchId: string | null;
      readonly code: string | null;
      readonly message: string;
    };

/**
 * How durable the new state must be before its effects leave and anybody is answered.
 * - `none`: it may live in memory. A crash loses it, the command is sent again, and the fence replays its answer.
 * - `lazy`: saved, but nobody waits for the disk; only an end is. Losing it costs one more round of Confirms.
 * - `durable`: committed and on disk.
 */
export type Durability = 'none' | 'lazy' | 'durable';

/** Why a request is turned down. */
export interface Rejection {
  readonly code: ProblemCode;
  readonly detail: string;
}

/** What came of an event. */
export interface Step {
  /** The same reference as before if the event changes nothing. */
  readonly transaction: Transaction;
  readonly effects: readonly Effect[];
  readonly save: Durability;
  readonly rejection?: Rejection;
}

/** Ignoring is an answer: late and repeated events change nothing. */
export function unchanged(transaction: Transaction): Step {
  return { transaction, effects: [], save: 'none' };
}

export function reject(transaction: Transaction, code: ProblemCode, detail: string): Step {
  return { ...unchanged(transaction), rejection: { code, detail } };
}

/** The answer to a request that came after a decision it does not agree with. */
export function rejectDecided(transaction: Transaction): Step {
  const confirmed = transaction.phase === 'confirming' || transaction.phase === 'confirmed';
  const detail = confirmed
    ? 'It was decided to confirm, and no decision is ever turned.'
    : `It was decided to cancel (${transaction.reason?.code}), and no decision is ever turned.`;
  return reject(transaction, confirmed ? 'ALREADY_CONFIRMED' : 'ALREADY_CANCELLED', detail);
}

/** The answer to a request about a transaction of which nothing is left to do. */
export function rejectEnded(transaction: Transaction): Step {
  return reject(transaction, 'TRANSACTION_ENDED', `It is ${transaction.phase}, and nothing is left to do.`);
}

export function rejectStranger(transaction: Transaction, branchId: string): Step {
  return reject(transaction, 'BRANCH_NOT_FOUND', `It has no branch ${branchId}.`);
}

/** The answer to an order that is about a decision. */
export function rejectUndecided(transaction: Transaction): Step {
  const deadline = new Date(transaction.deadlineAt).toISOString();
  const detail = `Only what is decided can be settled by hand. Cancel it, or wait: by ${deadline} it is decided.`;
  return reject(transaction, 'TRANSACTION_UNDECIDED', detail);
}
