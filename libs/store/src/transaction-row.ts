import type { BranchDeclaration, SettleProgress, Transaction, TryProgress } from '@holdfast/core';

/** The format of `branches` and `progress`. Readers accept the previous one too, once there is one. */
export const ROW_FORMAT = 1;

/** How one branch goes on; stands in the row beside its declaration, in the same order. */
interface BranchProgress {
  readonly try: TryProgress;
  readonly settle: SettleProgress;
}

/**
 * A transaction's row as it is read, times as milliseconds. What stands of the branches is kept apart from how they
 * go on, so that a save does not write their inputs again.
 */
export interface TransactionRow {
  readonly xid: string;
  readonly version: number;
  readonly holder: string | null;
  readonly name: string;
  readonly reference: string | null;
  readonly declared: boolean;
  readonly phase: Transaction['phase'];
  readonly reason: Transaction['reason'];
  readonly began_at: number;
  readonly deadline_at: number;
  readonly wake_at: number | null;
  readonly decided_at: number | null;
  readonly ended_at: number | null;
  readonly branches: readonly BranchDeclaration[];
  readonly progress: readonly BranchProgress[];
}

/** A transaction together with what guards its row. */
export interface StoredTransaction {
  readonly transaction: Transaction;
  /** Counts the saves; a save of an older version is lost. */
  readonly version: number;
  /** The instance that saved it last, and that may keep it in memory; null if nobody does. */
  readonly holder: string | null;
}

const milliseconds = (column: string) => `round(extract(epoch from ${column}) * 1000)::float8 as ${column}`;

/** What a statement on `transactions` as `t` has to select for `toStored`. */
export const ROW_COLUMNS = `
  t.xid, t.version, t.holder, t.name, t.reference, t.declared, t.phase, t.reason, t.branches, t.progress,
  ${['began_at', 'deadline_at', 'wake_at', 'decided_at', 'ended_at'].map(milliseconds).join(', ')}`;

export function toStored(row: TransactionRow): StoredTransaction {
  const transaction: Transaction = {
    xid: row.xid,
    name: row.name,
    reference: row.reference,
    phase: row.phase,
    declared: row.declared,
    reason: row.reason,
    beganAt: row.began_at,
    deadlineAt: row.deadline_at,
    wakeAt: row.wake_at,
    decidedAt: row.decided_at,
    endedAt: row.ended_at,
    branches: row.branches.map((branch, i) => ({ ...branch, ...(row.progress[i] as BranchProgress) })),
  };
  return { transaction, version: row.version, holder: row.holder };
}

/** The `branches` column: what stands from the registration on. */
export function branchesColumn(transaction: Transaction): string {
  return JSON.stringify(
    transaction.branches.map(({ branchId, participant, resource, input, tryBy }) => ({
      branchId,
      participant,
      resource,
      input,
      tryBy,
    })),
  );
}

/** The `progress` column: what changes. */
export function progressColumn(transaction: Transaction): string {
  return JSON.stringify(
    transaction.branches.map((branch): BranchProgress => ({ try: branch.try, settle: branch.settle })),
  );
}
