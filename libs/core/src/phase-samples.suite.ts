import type { Phase } from '@holdfast/protocol';
import type { Event, EventType } from './event.js';
import type { Transaction } from './transaction.js';
import {
  OVERDUE,
  SOON,
  acknowledgeRequested,
  adopted,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  contradiction,
  failed,
  forceRequested,
  forced,
  after,
  oneByOne,
  pauseRequested,
  recalled,
  refused,
  resumeRequested,
  retryRequested,
  tried,
  woken,
} from './samples.suite.js';

/**
 * A transaction of two branches in each phase. Branch a has answered all that it was asked; the events are about b,
 * which still owes an answer where anything is owed.
 */
export const open = after(oneByOne('a', 'b'), tried('a'));
export const confirming = after(open, tried('b'), confirmRequested(['a', 'b']), confirmed('a'));
export const cancelling = after(open, refused('b'), cancelled('a'));
export const standing: Record<Phase, Transaction> = {
  trying: open,
  confirming,
  confirmed: after(confirming, confirmed('b')),
  cancelling,
  cancelled: after(cancelling, cancelled('b')),
};

/** The operation that b may have been told last. */
const told: Record<Phase, 'try' | 'confirm' | 'cancel'> = {
  trying: 'try',
  confirming: 'confirm',
  confirmed: 'confirm',
  cancelling: 'cancel',
  cancelled: 'cancel',
};

export const happens: Record<EventType, (phase: Phase) => Event> = {
  branchRegistered: () => branchRegistered('c'),
  tried: () => tried('b'),
  refused: () => refused('b'),
  failed: (phase) => failed('b', told[phase]),
  confirmed: () => confirmed('b'),
  cancelled: () => cancelled('b'),
  contradiction: (phase) => contradiction('b', told[phase], { fence: 'forced' }),
  confirmRequested: () => confirmRequested(['a', 'b']),
  cancelRequested: () => cancelRequested(),
  woken: () => woken(OVERDUE),
  adopted: () => adopted(SOON),
  recalled: () => recalled('inventory', SOON),
  retryRequested: () => retryRequested(),
  pauseRequested: () => pauseRequested(),
  resumeRequested: () => resumeRequested(),
  forceRequested: () => forceRequested('b'),
  forced: () => forced('b'),
  acknowledgeRequested: () => acknowledgeRequested('b'),
};
