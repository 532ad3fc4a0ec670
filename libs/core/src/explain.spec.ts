import { StuckCode } from '@holdfast/protocol';
import { RETRY_POLICY } from './backoff.js';
import { explain, runbookOf } from './explain.js';
import type { Surroundings } from './explain.js';
import { findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';
import {
  DEADLINE_AT,
  SOON,
  after,
  cancelled,
  confirmed,
  contradiction,
  declaration,
  declared,
  failed,
  forceRequested,
  oneByOne,
  pauseRequested,
  refused,
  retryRequested,
  tried,
  woken,
} from './samples.suite.js';

const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
const nothing = { withoutConsumer: new Set<string>(), paused: new Set<string>() };
const told = (transaction: Transaction, given: Partial<Surroundings> = {}) =>
  explain(transaction, { at: SOON, ...nothing, ...given });

function failing(times: number, operation: 'try' | 'confirm', open: Transaction): Transaction {
  let transaction = open;
  for (let n = 1; n <= times; n++) {
    const error = { code: 'BANK_DOWN', message: 'No route.', at: SOON + 2 * n };
    transaction = after(transaction, failed('a', operation, error));
    if (n < times) transaction = after(transaction, retryRequested(error.at + 1, ['a']));
  }
  return transaction;
}

function silent(times: number): Transaction {
  let transaction = confirming;
  for (let n = 1; n <= times; n++) transaction = after(transaction, woken(transaction.wakeAt ?? NaN));
  return transaction;
}

test.each<[string, Transaction, Partial<Surroundings>, string | null]>([
  ['a first go', confirming, {}, null],
  ['an end', after(confirming, confirmed('a'), confirmed('b')), {}, null],
  ['an end by cancel', after(declared('a'), refused('a'), cancelled('a')), {}, null],
  ['one failure', failing(1, 'confirm', confirming), {}, 'BACKOFF'],
  ['a Try that fails once', failing(1, 'try', declared('a')), {}, 'BACKOFF'],
  ['a Try that keeps failing', failing(3, 'try', declared('a')), {}, 'HANDLER_FAILING'],
  ['failure after failure', failing(3, 'confirm', confirming), {}, 'HANDLER_FAILING'],
  ['silence after silence', silent(12), {}, 'NO_REPLY'],
  ['commands that nobody reads', confirming, { withoutConsumer: new Set(['inventory']) }, 'NO_CONSUMER'],
  ['a paused participant', confirming, { paused: new Set(['inventory']) }, 'PAUSED'],
  ['a pause', after(confirming, pauseRequested()), {}, 'PAUSED'],
  ['a contradiction', after(confirming, contradiction('a', 'confirm')), {}, 'CONTRADICTION'],
  ['what is overdue', confirming, { at: (confirming.wakeAt ?? NaN) + 5_001 }, 'COORDINATOR_LAG'],
  ['what is barely overdue', confirming, { at: (confirming.wakeAt ?? NaN) + 5_000 }, null],
  ['nobody who confirms', after(oneByOne('a'), tried('a')), {}, 'INITIATOR_LOST'],
  ['nobody who adds a branch', oneByOne(), {}, 'INITIATOR_LOST'],
  [
    'a participant that tries by itself, and reads no commands',
    oneByOne(declaration('p', { tryBy: 'participant' })),
    { withoutConsumer: new Set(['inventory']) },
    null,
  ],
])('%s', (_, transaction, given, code) => {
  const { at = transaction.wakeAt ?? SOON } = given;
  const explained = told(transaction, { ...given, at });
  expect(explained.code).toBe(code);
  expect(explained.runbook).toBe(code && runbookOf(code as StuckCode));
  expect(explained.sentence).toMatch(/\.$/);
});

test('it names the branch, its error, its attempts, the next one, and the page that says what to do', () => {
  const transaction = failing(3, 'confirm', confirming);
  const nextAt = findBranch(transaction, 'a')?.settle.nextAt ?? NaN;
  expect(told(transaction).branches).toEqual([
    {
      branchId: 'a',
      participant: 'inventory',
      resource: 'inventory.reserve',
      operation: 'confirm',
      code: 'HANDLER_FAILING',
      sentence:
        'Confirm of branch a (inventory.reserve of inventory) keeps failing, after 3 attempts, ' +
        `last with BANK_DOWN (No route.). The next attempt is at ${new Date(nextAt).toISOString()}.`,
      since: SOON,
      attempts: 3,
      lastError: { code: 'BANK_DOWN', message: 'No route.', at: SOON + 6 },
      nextAt,
      runbook: 'docs/runbooks/handler-failing.md',
    },
  ]);
});

test('a branch that is being forced is explained by how that goes', () => {
  const forcing = after(failing(3, 'confirm', confirming), forceRequested('a'));
  expect(told(forcing).code).toBeNull();
  const { branches } = told(after(forcing, failed('a', 'force', { at: SOON + 9 })));
  expect(branches).toMatchObject([{ operation: 'force', code: 'BACKOFF', attempts: 1 }]);
  expect(branches[0]?.sentence).toContain('The force of branch a');
});

test('what was marked as hung at its first failure is explained by the code of its mark, and not by backoff', () => {
  const late = SOON + RETRY_POLICY.hungAfterAgeMs;
  const hung = after(declared('a'), tried('a'), failed('a', 'confirm', { at: late }));
  expect([hung.hung?.code, told(hung, { at: late }).code]).toEqual(['HANDLER_FAILING', 'HANDLER_FAILING']);
});

test('a mark of a coordinator that names nobody yet is explained by what its branches meet', () => {
  const late = SOON + RETRY_POLICY.hungAfterAgeMs;
  const { hung, ...rest } = after(declared('a'), tried('a'), failed('a', 'confirm', { at: late }));
  const unnamed = { ...rest, hung: hung && { ...hung, participants: [] } };
  expect(told(unnamed, { at: late, withoutConsumer: new Set(['inventory']) }).code).toBe('NO_CONSUMER');
});

test('a pause names who, since when and why', () => {
  const { sentence, nextAt } = told(after(confirming, pauseRequested()));
  expect(sentence).toContain(`alice paused it at ${new Date(SOON).toISOString()}: The bank is down.`);
  expect(nextAt).toBeNull();
});

test('the worst of the branches explains the whole, and stands first', () => {
  const { code, branches } = told(after(failing(1, 'confirm', confirming), contradiction('b', 'confirm')));
  expect(code).toBe('CONTRADICTION');
  expect(branches.map(({ branchId }) => branchId)).toEqual(['b', 'a']);
});

test('who lost his initiator is told when it is cancelled', () => {
  expect(told(oneByOne()).sentence).toContain(new Date(DEADLINE_AT).toISOString());
});

test('every code has a page', () => {
  for (const code of StuckCode.options)
    expect(runbookOf(code)).toMatch(/^docs\/runbooks\/[a-z]+(-[a-z]+)*\.md$/);
});
