import type { Decision, FenceState, Operation } from '@holdfast/protocol';

/** What is to be done with a branch, whether the bus brought it or the service itself asks for it. */
export interface BranchCommand {
  readonly xid: string;
  readonly branchId: string;
  readonly resource: string;
  readonly operation: Operation;
  /** Counts the sendings from 1; the service's own have none. */
  readonly attempt?: number;
  /** When the save that caused it was made, in milliseconds since 1970; of a Try of one's own, the xid's birth. */
  readonly issuedAt: number;
  /** The trace that it belongs to. */
  readonly traceParent?: string;
  /** Of a Try: milliseconds since 1970 after which it is refused. */
  readonly deadlineAt?: number;
  /** Of a Try. */
  readonly input?: unknown;
  /** Of a force: what was decided, and what the operator says of how the branch really stands. */
  readonly decision?: Decision;
  readonly evidence?: string;
}

/** What comes of a command. */
export type Answer =
  | { readonly outcome: 'tried'; readonly answer: unknown }
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  | { readonly outcome: 'confirmed' }
  | { readonly outcome: 'cancelled' }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string; readonly cause?: unknown }
  | { readonly outcome: 'contradiction'; readonly fence: FenceState | null }
  /** The branch is ended by force; its fence stood so before, and whether nothing stays frozen. */
  | { readonly outcome: 'forced'; readonly fence: FenceState | null; readonly settled: boolean }
  /** It came so late that its branch's row may be gone: it has no effect, and its sender gets no answer. */
  | { readonly outcome: 'expired' };

/** Tells one branch from all others. */
export function branchKey({ xid, branchId }: Pick<BranchCommand, 'xid' | 'branchId'>): string {
  return `${xid}/${branchId}`;
}

/** The order in which branches are locked, everywhere: two that lock the same ones then never wait for each other. */
export function byBranch(a: BranchCommand, b: BranchCommand): number {
  if (a.xid !== b.xid) return a.xid < b.xid ? -1 : 1;
  if (a.branchId !== b.branchId) return a.branchId < b.branchId ? -1 : 1;
  return 0;
}

/**
 * Cuts a batch into rounds in which no branch stands twice, in order of arrival: the first commands of all branches,
 * then the second ones, and so on.
 */
export function roundsOf<C extends BranchCommand>(commands: readonly C[]): C[][] {
  const rounds: C[][] = [];
  const counts = new Map<string, number>();
  for (const command of commands) {
    const key = branchKey(command);
    const round = counts.get(key) ?? 0;
    counts.set(key, round + 1);
    (rounds[round] ??= []).push(command);
  }
  return rounds;
}
