import type { StuckCode } from '@holdfast/protocol';
import { failuresOf } from './attempt-history.js';
import type { RetryPolicy } from './backoff.js';
import type { Step } from './step.js';
import { decisionOf, isDisputed, openOperation } from './transaction.js';
import type { Hung, OpenOperation, Transaction } from './transaction.js';

/** The worst first: a transaction is marked as hung for the worst that one of its branches meets. */
const OBSTACLES = ['CONTRADICTION', 'HANDLER_FAILING', 'NO_REPLY'] as const satisfies readonly StuckCode[];
type Obstacle = (typeof OBSTACLES)[number];

/** All codes under which a transaction may be said to hang, the worst first. */
export const HUNG_CODES = [
  'CONTRADICTION',
  'PAUSED',
  'NO_CONSUMER',
  'HANDLER_FAILING',
  'NO_REPLY',
] as const satisfies readonly StuckCode[];

/** What is known of participants, which the state of no transaction tells. */
export interface ParticipantsKnown {
  /** Those that an operator paused. */
  readonly paused: ReadonlySet<string>;
  /** Those whose commands nobody reads. */
  readonly withoutConsumer: ReadonlySet<string>;
}

/** How a transaction stands that may hang. */
export interface Standing {
  readonly hung: Pick<Hung, 'code' | 'participants'> | null;
  readonly isPaused: boolean;
  /** A contradiction of it is settled by nobody. */
  readonly disputed: boolean;
}

/**
 * The code under which a transaction is explained, listed, counted and told as hanging, by what its row says and what
 * is known of its participants now; null if it does not hang. Whoever hangs for a participant that nobody runs, or that
 * is held, hangs for that.
 */
export function hungCodeOf(
  { hung, isPaused, disputed }: Standing,
  { paused, withoutConsumer }: ParticipantsKnown,
): StuckCode | null {
  if (disputed) return 'CONTRADICTION';
  if (hung === null) return null;
  if (isPaused || hung.participants.some((name) => paused.has(name))) return 'PAUSED';
  return hung.participants.some((name) => withoutConsumer.has(name)) ? 'NO_CONSUMER' : hung.code;
}

/** What an operation of a branch meets; null if nothing went wrong so far. */
export function obstacleOf({ state, history }: OpenOperation['progress']): Obstacle | null {
  if (state === 'contradicted') return 'CONTRADICTION';
  const last = history?.at(-1);
  if (state !== 'pending' || !last) return null;
  return last.error ? 'HANDLER_FAILING' : 'NO_REPLY';
}

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Marks a step's transaction as hung, or as hung no longer, by what its branches have met by now. It keeps being
 * retried all the same. A first mark is only to be asked for once an attempt is known to have failed or to be overdue:
 * what has just been taken over or resumed may be old, and get through at once.
 */
export function marked(step: Step, at: number, policy: RetryPolicy): Step {
  const { transaction, effects } = step;
  const hung = hungOf(transaction, at, policy);
  if (sameMark(hung, transaction.hung)) return step;
  const next = { ...transaction, hung };
  if (transaction.hung !== null) return { transaction: next, effects, save: 'durable' };
  const { paused = NOBODY, withoutConsumer = NOBODY } = policy;
  const standing = { hung, isPaused: transaction.paused !== null, disputed: isDisputed(next) };
  const code = hungCodeOf(standing, { paused, withoutConsumer });
  const message = `Retries did not finish it so far (${code}); they go on.`;
  return {
    transaction: next,
    effects: [...effects, { type: 'notify', notice: 'hung', at, branchId: null, code, message }],
    save: 'durable',
  };
}

/** Looks again at the mark of what is hung already: any step may have changed what it hangs for. */
export function remarked(step: Step, at: number, policy: RetryPolicy): Step {
  return step.transaction.hung ? marked(step, at, policy) : step;
}

function hungOf(transaction: Transaction, at: number, policy: RetryPolicy): Hung | null {
  if (decisionOf(transaction) === null || transaction.endedAt !== null) return null;
  const isOld = at - (transaction.decidedAt as number) >= policy.hungAfterAgeMs;
  const needed = isOld ? 1 : policy.hungAfterAttempts;
  const met = transaction.branches.flatMap((branch) => {
    const progress = openOperation(transaction, branch)?.progress;
    if (!progress || failuresOf(progress) < needed) return [];
    return { participant: branch.participant, obstacle: obstacleOf(progress) };
  });
  const code = OBSTACLES.find((each) => met.some(({ obstacle }) => obstacle === each));
  if (code === undefined) return null;
  const participants = [...new Set(met.map(({ participant }) => participant))].sort();
  return { code, since: transaction.hung?.since ?? at, participants };
}

function sameMark(one: Hung | null, other: Hung | null): boolean {
  if (one === null || other === null) return one === other;
  return one.code === other.code && one.participants.join() === other.participants.join();
}
