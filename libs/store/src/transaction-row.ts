import type {
  Acknowledgement,
  Branch,
  BranchDeclaration,
  ForceProgress,
  SettleProgress,
  Transaction,
  TryProgress,
} from '@holdfast/core';
import type { StuckCode } from '@holdfast/protocol';

/** The format of `branches` and `progress`. What format 2 leaves out stood in rows of format 1, which are read as well. */
export const ROW_FORMAT = 2;

type Progress = TryProgress | SettleProgress | ForceProgress;

/** An operation's progress as it is stored: without what is null or 0, and without a last time that is the first. */
type Stored<T extends Progress> = Partial<T> & Pick<T, 'state'>;

/** How one branch goes on; stands in the row beside its declaration, in the same order. */
export interface StoredProgress {
  readonly try: Stored<TryProgress>;
  readonly settle: Stored<SettleProgress>;
  /** Left out of all that nobody forced. */
  readonly force?: Stored<ForceProgress>;
  /** Left out of all that nobody has settled by hand. */
  readonly acknowledgement?: Acknowledgement;
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
  readonly paused_at: number | null;
  readonly confirm_not_before: number | null;
  readonly cooling_since: number | null;
  readonly paused_by: string | null;
  readonly pause_reason: string | null;
  readonly hung_code: StuckCode | null;
  readonly hung_since: number | null;
  readonly hung_participants: readonly string[] | null;
  readonly branches: readonly BranchDeclaration[];
  readonly progress: readonly StoredProgress[];
  readonly trace_parent: string | null;
}

/** A transaction together with what guards its row. */
export interface StoredTransaction {
  readonly transaction: Transaction;
  /** Counts the saves; a save of an older version is lost. */
  readonly version: number;
  /** The instance that saved it last, and that may keep it in memory; null if nobody does. */
  readonly holder: string | null;
}

const TIMES = [
  'began_at',
  'deadline_at',
  'wake_at',
  'decided_at',
  'ended_at',
  'paused_at',
  'hung_since',
  'confirm_not_before',
  'cooling_since',
];
export const milliseconds = (column: string) =>
  `round(extract(epoch from ${column}) * 1000)::float8 as ${column}`;

/** What a statement on `transactions` as `t` has to select for `toStored`. */
export const ROW_COLUMNS = `
  t.xid, t.version, t.holder, t.name, t.reference, t.declared, t.phase, t.reason, t.branches, t.progress,
  t.trace_parent, t.paused_by, t.pause_reason, t.hung_code, t.hung_participants,
  ${TIMES.map(milliseconds).join(', ')}`;

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
    confirmNotBefore: row.confirm_not_before,
    coolingSince: row.cooling_since,
    decidedAt: row.decided_at,
    endedAt: row.ended_at,
    paused: pauseOf(row),
    hung: hungOf(row),
    branches: row.branches.map((branch, i) => {
      const progress = progressOf(row.progress[i] as StoredProgress);
      return { ...branch, ...progress, settle: settleOf(row, progress.settle) };
    }),
    ...(row.trace_parent !== null && { traceParent: row.trace_parent }),
  };
  return { transaction, version: row.version, holder: row.holder };
}

export type PauseColumns = Pick<TransactionRow, 'paused_at' | 'paused_by' | 'pause_reason'>;
export type HungColumns = Pick<TransactionRow, 'hung_code' | 'hung_since' | 'hung_participants'>;

export function pauseOf({ paused_at, paused_by, pause_reason }: PauseColumns): Transaction['paused'] {
  return paused_at === null ? null : { since: paused_at, actor: paused_by ?? '', reason: pause_reason ?? '' };
}

export function hungOf({ hung_code, hung_since, hung_participants }: HungColumns): Transaction['hung'] {
  if (hung_code === null || hung_since === null) return null;
  return { code: hung_code, since: hung_since, participants: hung_participants ?? [] };
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
    transaction.branches.map((branch): StoredProgress => ({
      try: stored(branch.try),
      settle: stored(branch.settle),
      force: branch.force && { ...branch.force, ...stored(branch.force) },
      acknowledgement: branch.acknowledgement,
    })),
  );
}

/**
 * Whether nothing has come to the branches but that all of them followed the decision at the first go: then the end
 * says it, and `progress` need not be written again.
 */
export function endTellsProgress(saved: Transaction, next: Transaction): boolean {
  return (
    next.endedAt !== null &&
    saved.decidedAt !== null &&
    next.branches.length === saved.branches.length &&
    next.branches.every((branch, i) => {
      const before = saved.branches[i] as Branch;
      return (
        branch.try === before.try &&
        branch.settle.state === 'done' &&
        before.settle.state === 'pending' &&
        branch.settle.lastAt === before.settle.lastAt &&
        branch.settle.history === before.settle.history &&
        branch.settle.lastError === before.settle.lastError
      );
    })
  );
}

/** What was pending when the last progress was written is done once the transaction has ended. */
function settleOf({ ended_at }: TransactionRow, settle: SettleProgress): SettleProgress {
  return ended_at !== null && settle.state === 'pending'
    ? { ...settle, state: 'done', nextAt: null }
    : settle;
}

/** How one branch of an unresolved transaction goes on. */
export function progressOf({
  try: first,
  settle,
  force,
  acknowledgement,
}: StoredProgress): Pick<Branch, 'try' | 'settle' | 'force' | 'acknowledgement'> {
  return {
    try: restored(first),
    settle: restored(settle),
    ...(force && { force: restored<ForceProgress>(force) }),
    ...(acknowledgement && { acknowledgement }),
  };
}

/** Written out: a literal that spreads what it then changes takes V8's slow path for each field. */
function stored<T extends Progress>(progress: T): Stored<T> {
  const { attempts, firstAt, lastAt, nextAt, lastError, history, state } = progress;
  const { answer, refusal } = progress as { readonly answer?: unknown; readonly refusal?: unknown };
  // JSON leaves out what is undefined.
  return {
    attempts: attempts || undefined,
    firstAt: firstAt ?? undefined,
    lastAt: lastAt === firstAt ? undefined : lastAt,
    nextAt: nextAt ?? undefined,
    lastError: lastError ?? undefined,
    history,
    state,
    answer,
    refusal,
  } as unknown as Stored<T>;
}

function restored<T extends Progress>(progress: Stored<T>): T {
  const {
    attempts = 0,
    firstAt = null,
    lastAt = firstAt,
    nextAt = null,
    lastError = null,
    ...rest
  } = progress;
  return { ...rest, attempts, firstAt, lastAt, nextAt, lastError } as unknown as T;
}
