import { expect, test } from '@jest/globals';
import { begin, transition } from '@holdfast/core';
import type { Event, Transaction } from '@holdfast/core';
import { etagOf } from './etag.js';

const AT = 1_700_000_000_000;

function begun(branchIds: readonly string[] = ['a', 'b']): Transaction {
  return begin({
    ...{ at: AT, xid: '018bcfe5-6800-7000-8000-000000000000', name: 'checkout', reference: null },
    deadlineAt: AT + 30_000,
    branches: branchIds.map((branchId) => ({
      ...{ branchId, participant: 'stock', resource: 'stock.reserve', input: null },
      tryBy: 'coordinator' as const,
    })),
  }).transaction;
}
const after = (transaction: Transaction, ...events: readonly Event[]) =>
  events.reduce((current, event) => transition(current, event).transaction, transaction);
const tried = (branchId: string): Event => ({
  ...{ type: 'tried', at: AT + 1, branchId, answer: null, reported: false },
});
const cancel: Event = { type: 'cancelRequested', at: AT + 2, code: 'ENOUGH', message: '' };
const confirming = after(begun(), tried('a'), tried('b'));

test('each state that somebody may mean has a tag of its own', () => {
  const states = [
    begun(),
    begun([]),
    after(begun([]), cancel),
    after(begun(), tried('a')),
    after(begun(), tried('b')),
    after(begun(), cancel),
    after(begun(), tried('a'), cancel),
    confirming,
    after(confirming, { type: 'confirmed', at: AT + 3, branchId: 'a' }),
    after(confirming, { type: 'pauseRequested', at: AT + 3, actor: 'alice', reason: 'a look' }),
  ];
  expect(new Set(states.map(etagOf)).size).toBe(states.length);
});

test('an attempt, what went wrong with it, and that it hangs change no tag', () => {
  const failed: Event = {
    ...{ type: 'failed', at: AT + 3, branchId: 'a', operation: 'confirm', code: 'DISK_FULL', message: 'no' },
  };
  const tag = etagOf(confirming);
  const noted = after(confirming, failed);
  expect(etagOf(noted)).toBe(tag);
  expect(etagOf(after(noted, { type: 'woken', at: AT + 60_000 }))).toBe(tag);
  expect(etagOf({ ...noted, hung: { code: 'HANDLER_FAILING', since: AT, participants: ['p'] } })).toBe(tag);
});
