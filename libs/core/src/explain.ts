import type { Operation, StuckCode } from '@holdfast/protocol';
import { failuresOf } from './attempt-history.js';
import { HUNG_CODES, hungCodeOf, obstacleOf } from './hung.js';
import type { ParticipantsKnown } from './hung.js';
import { decisionOf, isDisputed, isDisputedBranch, openOperation } from './transaction.js';
import type { AttemptError, Attempts, Branch, OpenOperation, Transaction } from './transaction.js';

/** What the state alone does not tell. */
export interface Surroundings extends ParticipantsKnown {
  readonly at: number;
}

/** Why a branch has not followed yet, and what happens next. */
export interface BranchExplanation {
  readonly branchId: string;
  readonly participant: string;
  readonly resource: string;
  readonly operation: Operation;
  readonly code: StuckCode;
  readonly sentence: string;
  /** When the operation was first sent. */
  readonly since: number | null;
  readonly attempts: number;
  readonly lastError: AttemptError | null;
  readonly nextAt: number | null;
  readonly runbook: string;
}

/** Why a transaction has not ended, and what happens next. */
export interface Explanation {
  /** null where nothing is amiss: it has ended, or goes on. */
  readonly code: StuckCode | null;
  readonly sentence: string;
  readonly nextAt: number | null;
  readonly runbook: string | null;
  /** The branches with which something is amiss, the worst first. */
  readonly branches: readonly BranchExplanation[];
}

/** What is overdue by more than this was not sent by any coordinator, in milliseconds. */
const LAG_MS = 5_000;
/** Fewer failures than this are what retries are for. */
const FAILURES_TO_WORRY = 3;
/** The worst first: what needs a person most explains the whole. */
const WORST_FIRST: readonly StuckCode[] = [...HUNG_CODES, 'BACKOFF'];

/** The page that says what to do about a code. */
export function runbookOf(code: StuckCode): string {
  return `docs/runbooks/${code.toLowerCase().replaceAll('_', '-')}.md`;
}

/** Says why a transaction has not ended, and what happens next and when. Pure, so it can be asked of any state. */
export function explain(transaction: Transaction, surroundings: Surroundings): Explanation {
  const { wakeAt: nextAt } = transaction;
  const branches = transaction.branches
    .flatMap((branch) => explainBranch(transaction, branch, surroundings) ?? [])
    .sort((a, b) => WORST_FIRST.indexOf(a.code) - WORST_FIRST.indexOf(b.code));
  const { code, sentence } = explainWhole(transaction, branches, surroundings);
  return { code, sentence, nextAt, runbook: code && runbookOf(code), branches };
}

function explainWhole(
  transaction: Transaction,
  found: readonly BranchExplanation[],
  { at, ...known }: Surroundings,
): { readonly code: StuckCode | null; readonly sentence: string } {
  const { phase, paused, wakeAt, endedAt, deadlineAt, confirmNotBefore, declared, branches } = transaction;
  const hangsFor = hungCodeOf(
    { hung: transaction.hung, isPaused: paused !== null, disputed: isDisputed(transaction) },
    known,
  );
  const worst = found.find(({ code }) => code === hangsFor) ?? found[0];
  if (worst?.code === 'CONTRADICTION') return worst;
  if (endedAt !== null) return { code: null, sentence: `It is ${phase} since ${time(endedAt)}.` };
  if (paused) {
    const sentence = `${paused.actor} paused it at ${time(paused.since)}: ${paused.reason} It goes on when it is resumed.`;
    return { code: 'PAUSED', sentence };
  }
  if (wakeAt !== null && wakeAt < at - LAG_MS) {
    const sentence = `It has been due since ${time(wakeAt)}, and no coordinator has come to it.`;
    return { code: 'COORDINATOR_LAG', sentence };
  }
  if (worst) return worst;
  if (phase === 'trying' && transaction.coolingSince !== null && confirmNotBefore !== null) {
    const sentence = `All have said yes; it is confirmed at ${time(confirmNotBefore)}, and a cancel is free until then.`;
    return { code: 'COOLING_OFF', sentence };
  }
  if (phase === 'trying' && !declared && branches.every((branch) => branch.try.state === 'tried')) {
    const sentence = `Nobody has asked to confirm it yet; at ${time(deadlineAt)} it is cancelled.`;
    return { code: 'INITIATOR_LOST', sentence };
  }
  return { code: null, sentence: `It is ${phase}, and nothing is amiss.` };
}

function explainBranch(
  transaction: Transaction,
  branch: Branch,
  surroundings: Surroundings,
): BranchExplanation | null {
  const open = openOperation(transaction, branch) ?? disputedOperation(transaction, branch);
  if (open === null) return null;
  const { operation, progress } = open;
  const code = codeOf(transaction, branch, progress, surroundings);
  if (code === null) return null;
  const { branchId, participant, resource } = branch;
  const { attempts, firstAt: since, lastError, nextAt } = progress;
  const sentence = sentenceOf(operation, branch, progress, code);
  const runbook = runbookOf(code);
  return {
    ...{ branchId, participant, resource, operation, code, sentence },
    ...{ since, attempts, lastError, nextAt, runbook },
  };
}

/** What was answered with a contradiction that stands although nothing is asked any more. */
function disputedOperation(
  transaction: Transaction,
  branch: Branch,
): Pick<OpenOperation, 'operation' | 'progress'> | null {
  if (!isDisputedBranch(branch)) return null;
  if (branch.force) return { operation: 'force', progress: branch.force };
  return { operation: decisionOf(transaction) ?? 'try', progress: branch.settle };
}

function codeOf(
  { paused, hung }: Transaction,
  branch: Branch,
  progress: OpenOperation['progress'],
  { withoutConsumer, paused: pausedParticipants }: Surroundings,
): StuckCode | null {
  const { participant, tryBy } = branch;
  if (isDisputedBranch(branch)) return 'CONTRADICTION';
  if (paused || pausedParticipants.has(participant)) return 'PAUSED';
  const isOurs = progress.attempts > 0 || tryBy === 'coordinator';
  if (isOurs && withoutConsumer.has(participant)) return 'NO_CONSUMER';
  const obstacle = obstacleOf(progress);
  const isBeyondLimits = obstacle === hung?.code || failuresOf(progress) >= FAILURES_TO_WORRY;
  return obstacle && !isBeyondLimits ? 'BACKOFF' : obstacle;
}

const WHAT: Partial<Record<StuckCode, string>> = {
  CONTRADICTION: 'was answered with a contradiction',
  PAUSED: 'is held by a pause',
  NO_CONSUMER: 'finds nobody who reads the commands of the participant',
  HANDLER_FAILING: 'keeps failing',
  NO_REPLY: 'keeps finding no answer',
  BACKOFF: 'failed or found no answer',
};

function sentenceOf(
  operation: Operation,
  { branchId, participant, resource }: Branch,
  { attempts, lastError, nextAt }: Attempts,
  code: StuckCode,
): string {
  const name = { try: 'Try', confirm: 'Confirm', cancel: 'Cancel', force: 'The force' }[operation];
  const error = lastError ? `, last with ${lastError.code} (${lastError.message})` : '';
  const settle = code === 'CONTRADICTION' ? ' It stays raised until somebody says how it was settled.' : '';
  const next = code === 'PAUSED' || nextAt === null ? settle : ` The next attempt is at ${time(nextAt)}.`;
  return `${name} of branch ${branchId} (${resource} of ${participant}) ${WHAT[code]}, after ${attempts} attempts${error}.${next}`;
}

function time(at: number): string {
  return new Date(at).toISOString();
}
