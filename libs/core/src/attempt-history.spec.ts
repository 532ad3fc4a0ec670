import { HISTORY_MAX, HISTORY_TEXT_MAX } from './attempt-history.js';
import { findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';
import { SOON, after, confirmed, declared, failed, retryRequested, tried, woken } from './samples.suite.js';

const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
const historyOf = (transaction: Transaction) => findBranch(transaction, 'a')?.settle.history;

test('what is answered at the first go leaves nothing in the row', () => {
  const done = after(confirming, confirmed('a'));
  expect(JSON.stringify(done)).not.toContain('history');
});

test('failed, silent and successful attempts stand in it, in order', () => {
  let transaction = after(confirming, failed('a', 'confirm', { at: SOON + 5 }));
  const secondAt = transaction.wakeAt ?? NaN;
  transaction = after(transaction, woken(secondAt), retryRequested(secondAt + 10, ['a']));
  transaction = after(transaction, confirmed('a', secondAt + 20));
  expect(historyOf(transaction)).toEqual([
    {
      attempt: 1,
      sentAt: SOON,
      answeredAt: SOON + 5,
      error: { code: 'HANDLER_TIMEOUT', message: 'No answer within 5 s.' },
    },
    { attempt: 2, sentAt: secondAt, answeredAt: null, error: null },
    { attempt: 3, sentAt: secondAt + 10, answeredAt: secondAt + 20, error: null },
  ]);
});

test('a Try has its own', () => {
  const open = after(declared('a', 'b'), failed('a', 'try'));
  const answered = after(open, woken(open.wakeAt ?? NaN), tried('a', { at: SOON + 500 }));
  expect(findBranch(answered, 'a')?.try.history).toHaveLength(2);
  expect(findBranch(answered, 'a')?.settle.history).toBeUndefined();
});

test('holds the first and the latest, no more, and cuts what is long', () => {
  let transaction = confirming;
  for (let attempt = 1; attempt <= 2 * HISTORY_MAX; attempt++) {
    const at = (findBranch(transaction, 'a')?.settle.lastAt ?? NaN) + 1;
    transaction = after(transaction, failed('a', 'confirm', { at, message: 'x'.repeat(1_000) }));
    transaction = after(transaction, retryRequested(at + 1, ['a']));
    expect(historyOf(transaction)).toHaveLength(Math.min(attempt, HISTORY_MAX));
  }
  const latest = Array.from({ length: HISTORY_MAX - 1 }, (_, i) => HISTORY_MAX + 2 + i);
  expect(historyOf(transaction)?.map(({ attempt }) => attempt)).toEqual([1, ...latest]);
  expect(historyOf(transaction)?.[0]?.error?.message).toHaveLength(HISTORY_TEXT_MAX);
});

test('a cut that leaves half of a surrogate pair leaves none', () => {
  const message = `${'x'.repeat(HISTORY_TEXT_MAX - 1)}\u{1f600}`;
  const [entry] = historyOf(after(confirming, failed('a', 'confirm', { message }))) ?? [];
  expect(entry?.error?.message.endsWith('\ufffd')).toBe(true);
});
