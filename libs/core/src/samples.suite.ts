import { begin, transition } from './transition.js';
import type { Event, EventOf, EventType } from './event.js';
import type { Step } from './step.js';
import { findBranch } from './transaction.js';
import type { BranchDeclaration, Transaction } from './transaction.js';

/** Transactions and events for the specs, made by the state machine itself wherever it can make them. */

export const BEGAN_AT = Date.UTC(2026, 10, 2, 9, 0, 0);
export const DEADLINE_AT = BEGAN_AT + 30_000;
/** A moment before the deadline at which no reply is overdue yet. */
export const SOON = BEGAN_AT + 1_000;
/** A moment before the deadline at which every reply to a first attempt is overdue. */
export const OVERDUE = BEGAN_AT + 10_000;

/** A step whose inputs can't be written to: purity is checked by every spec that goes through here. */
export function step(transaction: Transaction, event: Event): Step {
  return transition(deepFrozen(transaction), deepFrozen(event));
}

/** What stands after these events, of which none may be turned down. */
export function after(transaction: Transaction, ...events: readonly Event[]): Transaction {
  return events.reduce((current, event) => {
    const { transaction: next, rejection } = step(current, event);
    if (rejection) throw new Error(`${event.type}: ${rejection.code}`);
    return next;
  }, transaction);
}

export function declaration(branchId: string, given: Partial<BranchDeclaration> = {}): BranchDeclaration {
  return {
    branchId,
    participant: 'inventory',
    resource: 'inventory.reserve',
    input: { sku: '85123A', quantity: 6 },
    tryBy: 'coordinator',
    ...given,
  };
}

/** The step that begins a declared transaction of these branches, or one without any. */
export function beginning(...branches: readonly (string | BranchDeclaration)[]): Step {
  return coolingBeginning(null, ...branches);
}

/** The same of one that is not confirmed before a time, unless that is null. */
export function coolingBeginning(
  confirmNotBefore: number | null,
  ...branches: readonly (string | BranchDeclaration)[]
): Step {
  return begin({
    at: BEGAN_AT,
    xid: '019a437b-2a80-7000-8000-000000000001',
    name: 'checkout',
    reference: '536365',
    deadlineAt: DEADLINE_AT,
    ...(confirmNotBefore !== null && { confirmNotBefore }),
    branches: branches.map((branch) => (typeof branch === 'string' ? declaration(branch) : branch)),
  });
}

export function declared(...branches: readonly (string | BranchDeclaration)[]): Transaction {
  return beginning(...branches).transaction;
}

export function oneByOne(...branches: readonly (string | BranchDeclaration)[]): Transaction {
  const events = branches.map((branch) => branchRegistered(branch, { at: BEGAN_AT }));
  return after(declared(), ...events);
}

type Given<T extends EventType> = Partial<Omit<EventOf<T>, 'type'>>;

export function branchRegistered(
  branch: string | BranchDeclaration,
  given: Given<'branchRegistered'> = {},
): Event {
  const named = typeof branch === 'string' ? declaration(branch) : branch;
  return { type: 'branchRegistered', at: SOON, branch: named, ...given };
}

export function tried(branchId: string, given: Given<'tried'> = {}): Event {
  return { type: 'tried', at: SOON, branchId, answer: { held: branchId }, reported: false, ...given };
}

export function refused(branchId: string, given: Given<'refused'> = {}): Event {
  const refusal = { code: 'OUT_OF_STOCK', message: '85123A is sold out.' };
  return { type: 'refused', at: SOON, branchId, ...refusal, reported: false, ...given };
}

export function failed(
  branchId: string,
  operation: EventOf<'failed'>['operation'],
  given: Given<'failed'> = {},
): Event {
  const error = { code: 'HANDLER_TIMEOUT', message: 'No answer within 5 s.' };
  return { type: 'failed', at: SOON, branchId, operation, ...error, ...given };
}

export function confirmed(branchId: string, at = SOON): Event {
  return { type: 'confirmed', at, branchId };
}

export function cancelled(branchId: string, at = SOON): Event {
  return { type: 'cancelled', at, branchId };
}

export function contradiction(
  branchId: string,
  operation: EventOf<'contradiction'>['operation'],
  given: Given<'contradiction'> = {},
): Event {
  return { type: 'contradiction', at: SOON, branchId, operation, fence: null, ...given };
}

export function confirmRequested(branchIds: readonly string[], at = SOON): Event {
  return { type: 'confirmRequested', at, branchIds };
}

export function cancelRequested(at = SOON): Event {
  return { type: 'cancelRequested', at, code: 'CHANGED_MIND', message: 'The customer left.' };
}

export function woken(at: number): Event {
  return { type: 'woken', at };
}

export function adopted(at: number): Event {
  return { type: 'adopted', at };
}

export function recalled(participant: string, at: number): Event {
  return { type: 'recalled', at, participant };
}

const byOperator = { actor: 'alice', reason: 'The bank is down.' };

export function retryRequested(at = SOON, branchIds: readonly string[] | null = null): Event {
  return { type: 'retryRequested', at, branchIds, ...byOperator };
}

export function pauseRequested(at = SOON): Event {
  return { type: 'pauseRequested', at, ...byOperator };
}

export function resumeRequested(at = SOON): Event {
  return { type: 'resumeRequested', at, ...byOperator };
}

export function forceRequested(branchId: string, given: Given<'forceRequested'> = {}): Event {
  const order = { evidence: 'Ticket 4711', participantGone: false, ...byOperator };
  return { type: 'forceRequested', at: SOON, branchId, ...order, ...given };
}

export function forced(branchId: string, given: Given<'forced'> = {}): Event {
  return { type: 'forced', at: SOON, branchId, fence: 'tried', settled: false, ...given };
}

export function acknowledgeRequested(branchId: string, given: Given<'acknowledgeRequested'> = {}): Event {
  return {
    type: 'acknowledgeRequested',
    at: SOON,
    branchId,
    evidence: 'Ticket 4712',
    ...byOperator,
    ...given,
  };
}

/** A branch as `try/settle`, for example `tried/pending`; nothing if it is unknown. */
export function stateOf(transaction: Transaction, branchId: string): string {
  const branch = findBranch(transaction, branchId);
  return branch ? `${branch.try.state}/${branch.settle.state}` : '';
}

/** The effects of a step in words, for example `send confirm a`. */
export function effectsOf({ effects }: Step): string[] {
  return effects.map((effect) => {
    if (effect.type === 'send') return `send ${effect.operation} ${effect.branchId}`;
    return effect.type === 'notify' ? `notify ${effect.notice}` : effect.type;
  });
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFrozen);
  }
  return value;
}
