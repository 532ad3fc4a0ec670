import { acknowledgeRequested } from './acknowledge-events.js';
import { adopted, failed, woken } from './attempt-events.js';
import { RETRY_POLICY } from './backoff.js';
import type { RetryPolicy } from './backoff.js';
import { cancelRequested, confirmRequested, expire, isExpired } from './decision.js';
import type { Begun, Event, EventOf, EventType } from './event.js';
import { forceRequested, forced } from './force-events.js';
import { remarked } from './hung.js';
import { pauseRequested, resumeRequested, retryRequested } from './operator-events.js';
import { recalled } from './recall.js';
import { sendPending } from './sending.js';
import { contradiction, settled } from './settle-events.js';
import type { Step } from './step.js';
import { registered } from './transaction.js';
import type { Draft, Transaction } from './transaction.js';
import { branchRegistered, refused, tried } from './try-events.js';

/**
 * Opens a transaction. Nothing leaves before it is durable.
 * @throws Error if a branchId stands twice: an answer must mean one branch, or I2 falls.
 */
export function begin(begun: Begun, policy: RetryPolicy = RETRY_POLICY): Step {
  if (new Set(begun.branches.map((branch) => branch.branchId)).size < begun.branches.length) {
    throw new Error(`Transaction ${begun.xid} names a branch twice.`);
  }
  const opened: Draft<Transaction> = {
    xid: begun.xid,
    name: begun.name,
    reference: begun.reference,
    phase: 'trying',
    declared: begun.branches.length > 0,
    reason: null,
    beganAt: begun.at,
    deadlineAt: begun.deadlineAt,
    wakeAt: begun.deadlineAt,
    confirmNotBefore: begun.confirmNotBefore ?? null,
    coolingSince: null,
    decidedAt: null,
    endedAt: null,
    paused: null,
    hung: null,
    branches: begun.branches.map(registered),
  };
  if (begun.traceParent !== undefined) opened.traceParent = begun.traceParent;
  const { transaction, effects } = sendPending(opened, begun.at, policy);
  return { transaction, effects, save: 'durable' };
}

/**
 * The one place where a transaction changes. Pure: time comes with the event, and the shell carries out the effects.
 * SPEC.md holds the table that this implements, and the promises that it keeps.
 */
export function transition(current: Transaction, event: Event, policy: RetryPolicy = RETRY_POLICY): Step {
  // The deadline rules over whatever comes after it, even when its timer rings late; only a pause holds it.
  if (current.paused || !isExpired(current, event.at)) return apply(current, event, policy);
  const expired = expire(current, event.at, policy);
  if (HAVE_NOTHING_TO_ADD.includes(event.type)) return expired;
  const applied = apply(expired.transaction, event, policy);
  return { ...applied, effects: [...expired.effects, ...applied.effects], save: 'durable' };
}

/**
 * Past the deadline these want no more than the Cancels that leave anyway. A `cancelled` or `forced` is asked again,
 * since its Cancel has not left yet: no step both decides and ends.
 */
const HAVE_NOTHING_TO_ADD: readonly EventType[] = [
  'woken',
  'adopted',
  'recalled',
  'retryRequested',
  'cancelled',
  'forced',
];

type Handlers = {
  [T in EventType]: (transaction: Transaction, event: EventOf<T>, policy: RetryPolicy) => Step;
};

const HANDLERS: Handlers = {
  branchRegistered,
  tried,
  refused,
  failed,
  confirmed: (transaction, event, policy) =>
    settled(transaction, event.branchId, 'confirm', event.at, policy),
  cancelled: (transaction, event, policy) => settled(transaction, event.branchId, 'cancel', event.at, policy),
  contradiction,
  confirmRequested,
  cancelRequested,
  woken,
  adopted,
  recalled,
  retryRequested,
  pauseRequested,
  resumeRequested,
  forceRequested,
  forced,
  acknowledgeRequested,
};

function apply(transaction: Transaction, event: Event, policy: RetryPolicy): Step {
  const handle = HANDLERS[event.type] as (
    transaction: Transaction,
    event: Event,
    policy: RetryPolicy,
  ) => Step;
  const done = handle(transaction, event, policy);
  return done.transaction === transaction ? done : remarked(done, event.at, policy);
}
