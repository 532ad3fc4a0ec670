import type { BranchDefinition, Reason, Reservation } from '@holdfast/protocol';
import type { TransactionAnswer } from './coordinator.js';
import { unknown } from './exchange.js';
import type { Errand } from './exchange.js';

/** What became of a transaction: the durable decision, which never changes. */
export interface Outcome {
  readonly xid: string;
  readonly outcome: 'confirmed' | 'cancelled';
  /** Why it was cancelled; null if it was confirmed. */
  readonly reason: Reason | null;
  /** ISO 8601, by the coordinator's database. */
  readonly decidedAt: string;
  /** When the last branch had followed the decision; null if that was still on its way when this was told. */
  readonly endedAt: string | null;
  /** Whether the transaction had been begun before, by a call (or an attempt of this one) with the same key. */
  readonly replayed: boolean;
  /** What each Try answered, by branchId, as far as it answered yes. `answerOf` reads them with their types. */
  readonly answers: Readonly<Record<string, unknown>>;
}

/**
 * What the Try of a branch answered, or undefined if it gave no yes.
 * @param branchId as given to the branch; by default its resource.
 * @throws ZodError if the answer does not fit the definition.
 */
export function answerOf<B extends BranchDefinition>(
  outcome: Outcome,
  definition: B,
  branchId: string = definition.resource,
): Reservation<B> | undefined {
  const answer = outcome.answers[branchId];
  return answer === undefined ? undefined : (definition.reservation.parse(answer) as Reservation<B>);
}

/** @throws OutcomeUnknown if the transaction is not decided. */
export function outcomeFrom(errand: Errand, transaction: TransactionAnswer, replayed: boolean): Outcome {
  const { xid, phase, reason, decidedAt, endedAt, branches } = transaction;
  if (phase === 'trying' || decidedAt === null)
    throw unknown({ ...errand, xid }, 'it was not decided in time');
  const answers: Record<string, unknown> = {};
  for (const { branchId, answer } of branches) {
    if (answer !== null && answer !== undefined) answers[branchId] = answer;
  }
  const outcome = phase === 'confirming' || phase === 'confirmed' ? 'confirmed' : 'cancelled';
  return { xid, outcome, reason, decidedAt, endedAt, replayed, answers };
}
