import type { Decision, FenceState, Operation, Phase, Reason, StuckCode, TryBy } from '@holdfast/protocol';

/** All times are milliseconds since 1970 by the coordinator database's clock; they come in with the events. */

/** What went wrong with the last attempt. */
export interface AttemptError {
  readonly code: string;
  readonly message: string;
  readonly at: number;
}

/** How one sending of an operation went. */
export interface PastAttempt {
  /** Counts the sendings from 1. */
  readonly attempt: number;
  readonly sentAt: number;
  /** null if it was sent again before anybody answered. */
  readonly answeredAt: number | null;
  /** null if the answer was the one that was asked for, or none came. */
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** How often and when an operation was sent, and when it will be sent again if nobody answers. */
export interface Attempts {
  readonly attempts: number;
  readonly firstAt: number | null;
  readonly lastAt: number | null;
  /** When to send (again); null if there is nothing to send. */
  readonly nextAt: number | null;
  readonly lastError: AttemptError | null;
  /**
   * What came of each sending, once one has failed or had to be repeated: the first and the last ones, of which the
   * latest is missing while nobody has answered it. Left out of what was answered at the first go.
   */
  readonly history?: readonly PastAttempt[];
}

/** The first phase of a branch. Anything but a yes or a no leaves it `pending`. */
export type TryProgress = Attempts &
  (
    | { readonly state: 'pending' }
    | { readonly state: 'tried'; readonly answer: unknown }
    | { readonly state: 'refused'; readonly refusal: { readonly code: string; readonly message: string } }
  );

/** The second phase of a branch, Confirm or Cancel as the transaction's phase says, or its end by force. */
export type SettleProgress = Attempts & {
  readonly state: 'none' | 'pending' | 'done' | 'contradicted' | 'forcing' | 'forced';
};

/** An operator's order to end a branch by force, and what its participant says to it. */
export type ForceProgress = Attempts & {
  readonly state: 'pending' | 'done';
  readonly requestedAt: number;
  readonly actor: string;
  readonly evidence: string;
  /** The participant's fence stood against the decision. */
  readonly contradicted: boolean;
  /** How the fence stood when the force came to it; null where it had no row, and until it is known. */
  readonly fence: FenceState | null;
  /** Nothing stays frozen there, as far as is known. */
  readonly settled: boolean;
};

/** What stands about a branch from its registration on. */
export interface BranchDeclaration {
  readonly branchId: string;
  readonly participant: string;
  readonly resource: string;
  readonly input: unknown;
  readonly tryBy: TryBy;
}

/** An operator's word that what stood against the decision is settled, and what shows it. */
export interface Acknowledgement {
  readonly at: number;
  readonly actor: string;
  readonly evidence: string;
}

export interface Branch extends BranchDeclaration {
  readonly try: TryProgress;
  readonly settle: SettleProgress;
  /** Left out of all that nobody forced. */
  readonly force?: ForceProgress;
  /** Left out of all whose contradiction nobody has settled, or that had none. */
  readonly acknowledgement?: Acknowledgement;
}

/** An operator's hold on a transaction. */
export interface Pause {
  readonly since: number;
  readonly actor: string;
  readonly reason: string;
}

/** That automatic retries did not finish a transaction so far; they go on. */
export interface Hung {
  /** The worst that it met. */
  readonly code: StuckCode;
  readonly since: number;
  /** Those that it waits for beyond the limits, by name. */
  readonly participants: readonly string[];
}

/** A global transaction: all that a coordinator has to know to decide. */
export interface Transaction {
  readonly xid: string;
  readonly name: string;
  readonly reference: string | null;
  readonly phase: Phase;
  /** A declared transaction names all its branches at once, and decides as soon as they have answered. */
  readonly declared: boolean;
  /** Why it is cancelled; null unless it is. */
  readonly reason: Reason | null;
  readonly beganAt: number;
  /** The end of Try: what is undecided by then is cancelled. */
  readonly deadlineAt: number;
  /** The next time there is something to do; null once it has ended, and while it is paused. */
  readonly wakeAt: number | null;
  /** It is not confirmed before this; until then a cancel is free. */
  readonly confirmNotBefore: number | null;
  /** Since when nothing but that time is missing to confirm it: its deadline and its registration are over. */
  readonly coolingSince: number | null;
  readonly decidedAt: number | null;
  readonly endedAt: number | null;
  readonly paused: Pause | null;
  readonly hung: Hung | null;
  readonly branches: readonly Branch[];
  /** The trace that it belongs to (W3C Trace Context), so that an attempt an hour later still links to it. */
  readonly traceParent?: string;
}

/** An operation that was never sent. */
export const UNSENT: Attempts = { attempts: 0, firstAt: null, lastAt: null, nextAt: null, lastError: null };

/** A new state while it is made of an old one, before anybody else sees it. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Copies are written out field by field: V8 then gives all of them one hidden class. Spreading a state and changing it
 * in one literal takes its slow path for each field, and gives each way of change a class of its own, which makes all
 * who read them slow as well: a third of a coordinator's work on a transaction (docs/decisions/0012).
 */
export function draftOf(transaction: Transaction): Draft<Transaction> {
  const draft: Draft<Transaction> = {
    xid: transaction.xid,
    name: transaction.name,
    reference: transaction.reference,
    phase: transaction.phase,
    declared: transaction.declared,
    reason: transaction.reason,
    beganAt: transaction.beganAt,
    deadlineAt: transaction.deadlineAt,
    wakeAt: transaction.wakeAt,
    confirmNotBefore: transaction.confirmNotBefore,
    coolingSince: transaction.coolingSince,
    decidedAt: transaction.decidedAt,
    endedAt: transaction.endedAt,
    paused: transaction.paused,
    hung: transaction.hung,
    branches: transaction.branches,
  };
  if (transaction.traceParent !== undefined) draft.traceParent = transaction.traceParent;
  return draft;
}

export function draftOfBranch(branch: Branch): Draft<Branch> {
  const draft: Draft<Branch> = {
    branchId: branch.branchId,
    participant: branch.participant,
    resource: branch.resource,
    input: branch.input,
    tryBy: branch.tryBy,
    try: branch.try,
    settle: branch.settle,
  };
  if (branch.force) draft.force = branch.force;
  if (branch.acknowledgement) draft.acknowledgement = branch.acknowledgement;
  return draft;
}

/** Attempts with a state, of which an answer or an order may say more. */
export function draftOfAttempts<S extends string>(
  { attempts, firstAt, lastAt, nextAt, lastError, history }: Attempts,
  state: S,
): Draft<Attempts> & { state: S } {
  const draft: Draft<Attempts> & { state: S } = { attempts, firstAt, lastAt, nextAt, lastError, state };
  if (history) draft.history = history;
  return draft;
}

/** A branch as it stands right after its registration. */
export function registered({ branchId, participant, resource, input, tryBy }: BranchDeclaration): Branch {
  return {
    branchId,
    participant,
    resource,
    input,
    tryBy,
    try: draftOfAttempts(UNSENT, 'pending'),
    settle: draftOfAttempts(UNSENT, 'none'),
  };
}

export function findBranch(transaction: Transaction, branchId: string): Branch | undefined {
  return transaction.branches.find((branch) => branch.branchId === branchId);
}

export function withBranch(transaction: Transaction, changed: Branch): Draft<Transaction> {
  const draft = draftOf(transaction);
  draft.branches = transaction.branches.map((branch) =>
    branch.branchId === changed.branchId ? changed : branch,
  );
  return draft;
}

const OPERATION: Record<Phase, Exclude<Operation, 'force'> | null> = {
  trying: 'try',
  confirming: 'confirm',
  cancelling: 'cancel',
  confirmed: null,
  cancelled: null,
};

/** What the phase asks of the branches; null once the transaction has ended. */
export function operationOf(transaction: Transaction): Exclude<Operation, 'force'> | null {
  return OPERATION[transaction.phase];
}

const DECISION: Record<Phase, Decision | null> = {
  trying: null,
  confirming: 'confirm',
  confirmed: 'confirm',
  cancelling: 'cancel',
  cancelled: 'cancel',
};

/** What was decided; null while it is open. */
export function decisionOf(transaction: Pick<Transaction, 'phase'>): Decision | null {
  return DECISION[transaction.phase];
}

/** An operation to which a branch owes an answer, with the slot that counts its attempts. */
export interface OpenOperation {
  readonly slot: 'try' | 'settle' | 'force';
  readonly operation: Operation;
  readonly progress: TryProgress | SettleProgress | ForceProgress;
}

/** What a branch is to answer; null if there is nothing. */
export function openOperation(transaction: Transaction, branch: Branch): OpenOperation | null {
  const operation = operationOf(transaction);
  const { try: first, settle, force } = branch;
  if (operation === null) return null;
  if (operation === 'try')
    return first.state === 'pending' ? { slot: 'try', operation, progress: first } : null;
  if (settle.state === 'forcing')
    return { slot: 'force', operation: 'force', progress: force as ForceProgress };
  const isOpen = settle.state === 'pending' || settle.state === 'contradicted';
  return isOpen ? { slot: 'settle', operation, progress: settle } : null;
}

/** Whether there is nothing to wait for any more: it has followed the decision, or was ended by force. */
export function isSettled({ settle }: Branch): boolean {
  return settle.state === 'done' || settle.state === 'forced';
}

/** Whether a participant's fence stands, or stood until it was forced, against the decision. */
export function isContradicted({ branches }: Transaction): boolean {
  return branches.some(standsAgainst);
}

/** Whether one of its contradictions is settled by nobody. */
export function isDisputed({ branches }: Transaction): boolean {
  return branches.some(isDisputedBranch);
}

export function isDisputedBranch(branch: Branch): boolean {
  return standsAgainst(branch) && !branch.acknowledgement;
}

/** Whether the fence of a branch stands, or stood until it was forced, against the decision. */
export function standsAgainst({ settle, force }: Branch): boolean {
  return settle.state === 'contradicted' || (isForce(settle) && (force as ForceProgress).contradicted);
}

/** Whether an operator has taken a branch out of the hands of Confirm and Cancel. */
export function isForce({ state }: SettleProgress): boolean {
  return state === 'forcing' || state === 'forced';
}

/** Whether an operator forced the end of a branch. */
export function isForced({ branches }: Transaction): boolean {
  return branches.some(({ settle }) => settle.state === 'forced');
}
