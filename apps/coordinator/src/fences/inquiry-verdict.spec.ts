import { begin, transition } from '@holdfast/core';
import type { Event, Transaction } from '@holdfast/core';
import { inquiryVerdict } from './inquiry-verdict.js';
import type { InquiryVerdict } from './inquiry-verdict.js';

const DAY_MS = 24 * 3_600_000;
const HISTORY = { retentionMs: 30 * DAY_MS, marginMs: DAY_MS };
/** Born at 1_700_000_000_000. */
const XID = '018bcfe5-6800-7000-8000-000000000000';
const AT = 1_700_000_000_000;

const branch = (branchId: string) => ({
  branchId,
  participant: 'stock',
  resource: 'stock.reserve',
  input: null,
  tryBy: 'coordinator' as const,
});
const trying = begin({
  at: AT,
  xid: XID,
  name: 'checkout',
  reference: null,
  deadlineAt: AT + 30_000,
  branches: [branch('a'), branch('b')],
}).transaction;

function after(transaction: Transaction, ...events: readonly Event[]): Transaction {
  return events.reduce((current, event) => transition(current, event).transaction, transaction);
}

const tried = (branchId: string): Event => ({
  type: 'tried',
  at: AT + 10,
  branchId,
  answer: null,
  reported: false,
});
const settled = (type: 'confirmed' | 'cancelled', branchId: string): Event => ({
  type,
  at: AT + 20,
  branchId,
});
const confirming = after(trying, tried('a'), tried('b'));
const cancelling = after(trying, { type: 'cancelRequested', at: AT + 10, code: 'ENOUGH', message: '' });
const confirmed = after(confirming, settled('confirmed', 'a'), settled('confirmed', 'b'));
const cancelled = after(cancelling, settled('cancelled', 'a'), settled('cancelled', 'b'));
const contradictedFrom = (transaction: Transaction) =>
  after(transaction, {
    type: 'contradiction',
    at: AT + 30,
    branchId: 'a',
    operation: 'confirm',
    fence: 'cancelled',
  });

const paused = (transaction: Transaction) =>
  after(transaction, { type: 'pauseRequested', at: AT + 40, actor: 'alice', reason: 'Restored.' });

const force = (transaction: Transaction, participantGone = false) =>
  after(transaction, {
    type: 'forceRequested',
    ...{ at: AT + 40, branchId: 'a', actor: 'alice', reason: 'stuck' },
    ...{ evidence: 'Ticket 4711', participantGone },
  });

const asked = {
  xid: XID,
  branchId: 'a',
  participant: 'stock',
  resource: 'stock.reserve',
  fence: 'tried' as const,
  askedAt: AT + 120_000,
};

const cases: readonly [string, Transaction | undefined, Partial<typeof asked>, InquiryVerdict][] = [
  ['undecided', trying, {}, 'wait'],
  ['to confirm, not acknowledged', confirming, {}, 'repeat'],
  ['to confirm, acknowledged, a sibling open', after(confirming, settled('confirmed', 'a')), {}, 'wait'],
  ['to confirm, paused', paused(confirming), {}, 'wait'],
  ['to cancel, paused', paused(cancelling), {}, 'wait'],
  ['a branch that nobody registered, paused', paused(trying), { branchId: 'c' }, 'wait'],
  ['to confirm, contradicted', contradictedFrom(confirming), {}, 'repeat'],
  ['being forced', force(confirming), {}, 'force'],
  ['ended by force, while it was gone', force(confirming, true), {}, 'force'],
  ['contradicted, and being forced', force(contradictedFrom(confirming)), {}, 'force'],
  ['confirmed', confirmed, {}, 'contradiction'],
  ['confirmed after the question was asked', confirmed, { askedAt: AT + 15 }, 'wait'],
  ['confirmed about when the question was asked', confirmed, { askedAt: AT + 60_000 }, 'wait'],
  ['to cancel, not acknowledged', cancelling, {}, 'repeat'],
  ['to cancel, acknowledged', after(cancelling, settled('cancelled', 'a')), {}, 'repeat'],
  ['cancelled', cancelled, {}, 'repeat'],
  ['a branch that nobody registered, undecided', trying, { branchId: 'c' }, 'presumeCancelled'],
  ['a branch that nobody registered, confirmed', confirmed, { branchId: 'c' }, 'presumeCancelled'],
  ["another participant's branch", confirming, { participant: 'wallet' }, 'presumeCancelled'],
  ['a branch of another resource', confirming, { resource: 'stock.return' }, 'presumeCancelled'],
];

test.each(cases)('%s', (_what, transaction, different, verdict) => {
  expect(inquiryVerdict({ ...asked, ...different }, transaction, AT + 120_000, HISTORY)).toBe(verdict);
});

test('I9, peer defect 21: an unknown transaction is presumed cancelled while history would know it, and forgotten after that', () => {
  const at = (ageMs: number) => inquiryVerdict(asked, undefined, AT + ageMs, HISTORY);
  expect(at(0)).toBe('presumeCancelled');
  expect(at(29 * DAY_MS - 1)).toBe('presumeCancelled');
  expect(at(29 * DAY_MS)).toBe('forgotten');
  expect(at(400 * DAY_MS)).toBe('forgotten');
});
