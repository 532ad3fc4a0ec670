import { explain } from './explain.js';
import { findBranch, isContradicted, isDisputed } from './transaction.js';
import type { Transaction } from './transaction.js';
import {
  SOON,
  acknowledgeRequested,
  after,
  cancelled,
  confirmed,
  contradiction,
  declared,
  effectsOf,
  forceRequested,
  forced,
  step,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
const ended = after(confirming, confirmed('a'), confirmed('b'));
const raised = after(ended, cancelled('b'));
const nothing = { withoutConsumer: new Set<string>(), paused: new Set<string>() };
const codeOf = (transaction: Transaction) => explain(transaction, { at: SOON, ...nothing }).code;

test('I12: a contradiction stands after the end, and is explained, until an operator says how it was settled', () => {
  expect([isDisputed(raised), codeOf(raised)]).toEqual([true, 'CONTRADICTION']);
  const [branch] = explain(raised, { at: SOON, ...nothing }).branches;
  expect(branch).toMatchObject({
    branchId: 'b',
    operation: 'confirm',
    runbook: 'docs/runbooks/contradiction.md',
  });
  expect(branch?.sentence).toContain('It stays raised until somebody says how it was settled.');

  const settled = step(raised, acknowledgeRequested('b'));
  expect(settled).toMatchObject({ save: 'durable', effects: [] });
  expect([isDisputed(settled.transaction), codeOf(settled.transaction)]).toEqual([false, null]);
  expect(findBranch(settled.transaction, 'b')?.acknowledgement).toMatchObject({
    ...{ at: SOON, actor: 'alice', evidence: 'Ticket 4712' },
  });
  // What was, was.
  expect(isContradicted(settled.transaction)).toBe(true);
  expect(step(settled.transaction, acknowledgeRequested('b')).transaction).toBe(settled.transaction);
});

test('it is of one branch, and hides nothing of another', () => {
  const both = after(ended, cancelled('a'), cancelled('b'), acknowledgeRequested('a'));
  expect(isDisputed(both)).toBe(true);
  expect(isDisputed(after(both, acknowledgeRequested('b')))).toBe(false);
});

test('what is still asked settles itself, or by force; nobody else can say so', () => {
  const open = after(confirming, contradiction('b', 'confirm'));
  expect(step(open, acknowledgeRequested('b')).rejection?.code).toBe('BRANCH_STILL_ASKED');
  expect(isDisputed(after(open, confirmed('b')))).toBe(false);
  expect(step(open, acknowledgeRequested('c')).rejection?.code).toBe('BRANCH_NOT_FOUND');
});

test('whoever forces what is contradicted says with his evidence how he settled that', () => {
  const ordered = after(confirming, contradiction('b', 'confirm'), forceRequested('b'));
  expect([isContradicted(ordered), isDisputed(ordered)]).toEqual([true, false]);
  const end = after(ordered, forced('b', { fence: 'cancelled' }), confirmed('a'), woken(SOON));
  expect([end.phase, isContradicted(end), isDisputed(end)]).toEqual(['confirmed', true, false]);
});

test('what the force itself brings to light nobody has settled, during the force and after the end', () => {
  const forcing = after(confirming, forceRequested('b'));
  const found = step(forcing, forced('b', { fence: 'cancelled' }));
  expect(effectsOf(found)).toEqual(['notify forced', 'notify contradicted']);
  expect([isDisputed(found.transaction), codeOf(found.transaction)]).toEqual([true, 'CONTRADICTION']);
  const end = after(found.transaction, confirmed('a'), woken(SOON));
  expect([end.endedAt !== null, isDisputed(end), codeOf(end)]).toEqual([true, true, 'CONTRADICTION']);
  expect(isDisputed(after(end, acknowledgeRequested('b')))).toBe(false);
});
