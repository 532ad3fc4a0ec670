import { RETRY_POLICY } from './backoff.js';
import { hungCodeOf } from './hung.js';
import type { ParticipantsKnown, Standing } from './hung.js';
import { findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';
import { transition } from './transition.js';
import {
  SOON,
  adopted,
  after,
  cancelled,
  confirmed,
  contradiction,
  declaration,
  declared,
  effectsOf,
  failed,
  pauseRequested,
  refused,
  resumeRequested,
  retryRequested,
  step,
  tried,
  woken,
} from './samples.suite.js';

const { hungAfterAttempts, hungAfterAgeMs, capMs } = RETRY_POLICY;
const confirming = after(declared('a', 'b'), tried('a'), tried('b'));
const old = SOON + hungAfterAgeMs;

/** What stands once so many attempts of these branches have failed. */
function failing(times: number, ...branchIds: readonly string[]): Transaction {
  let transaction = confirming;
  for (let n = 1; n <= times; n++) {
    for (const id of branchIds) {
      const at = (findBranch(transaction, id)?.settle.lastAt ?? NaN) + 1;
      if (n > 1) transaction = after(transaction, retryRequested(at, [id]));
      transaction = after(transaction, failed(id, 'confirm', { at }));
    }
  }
  return transaction;
}

test('I10: what keeps failing is marked as hung at the stated attempt, durably, and said once', () => {
  const almost = failing(hungAfterAttempts - 1, 'a');
  expect(almost.hung).toBeNull();
  const again = after(almost, retryRequested(SOON + 500, ['a']));
  const hangs = step(again, failed('a', 'confirm', { at: SOON + 600 }));
  expect(hangs.transaction.hung).toEqual({
    code: 'HANDLER_FAILING',
    since: SOON + 600,
    participants: ['inventory'],
  });
  expect(hangs.save).toBe('durable');
  expect(effectsOf(hangs)).toEqual(['notify hung']);

  const nextAt = findBranch(hangs.transaction, 'a')?.settle.nextAt ?? NaN;
  const next = step(hangs.transaction, woken(nextAt));
  expect(effectsOf(next)).toContain('send confirm a');
  expect(effectsOf(next)).not.toContain('notify hung');
  expect(next.transaction.hung?.since).toBe(SOON + 600);
});

test('I10: what is hung keeps being retried, never beyond the cap, and ends by itself', () => {
  let transaction = failing(hungAfterAttempts, 'a');
  for (let n = 0; n < 20; n++) {
    const at = transaction.wakeAt ?? NaN;
    const sent = step(transaction, woken(at));
    expect(sent.effects.length).toBeGreaterThan(0);
    transaction = after(sent.transaction, failed('a', 'confirm', { at: at + 1 }));
    expect((transaction.wakeAt ?? NaN) - at).toBeLessThanOrEqual(capMs + 1);
  }
  expect(transaction.hung).not.toBeNull();
  expect(after(transaction, confirmed('b'), confirmed('a')).hung).toBeNull();
});

test('silence hangs likewise, under a code of its own', () => {
  let transaction = confirming;
  while (!transaction.hung) transaction = after(transaction, woken(transaction.wakeAt ?? NaN));
  expect(transaction.hung.code).toBe('NO_REPLY');
  expect(transaction.hung.since - SOON).toBeGreaterThanOrEqual(hungAfterAgeMs);
  expect(transaction.hung.since - SOON).toBeLessThanOrEqual(hungAfterAgeMs + capMs);
});

test('by age it is marked at the first attempt that fails from then on, not before', () => {
  const justBefore = after(confirming, failed('a', 'confirm', { at: old - 1 }));
  expect(justBefore.hung).toBeNull();
  expect(after(confirming, failed('a', 'confirm', { at: old })).hung?.code).toBe('HANDLER_FAILING');
});

test('what was merely held up is not hung: a take-over and a resume give it a chance first', () => {
  const late = old + 3_600_000;
  expect(after(confirming, adopted(late)).hung).toBeNull();
  const resumed = after(confirming, pauseRequested(), resumeRequested(late));
  expect(resumed.hung).toBeNull();
  expect(after(resumed, woken(resumed.wakeAt ?? NaN)).hung?.code).toBe('NO_REPLY');
});

test('the worst obstacle gives its code, and the time stays that of the first mark', () => {
  const hung = failing(hungAfterAttempts, 'a', 'b');
  const since = hung.hung?.since;
  const raised = after(hung, contradiction('b', 'confirm', { at: old }), woken(old + capMs));
  expect(raised.hung).toEqual({ code: 'CONTRADICTION', since, participants: ['inventory'] });
});

test('progress clears the mark, durably, unless another branch hangs too', () => {
  const both = failing(hungAfterAttempts, 'a', 'b');
  const one = step(both, confirmed('a'));
  expect(one.transaction.hung).toEqual(both.hung);
  expect(one.save).toBe('none');

  const onlyA = failing(hungAfterAttempts, 'a');
  const cleared = step(onlyA, confirmed('a'));
  expect(cleared.transaction.hung).toBeNull();
  expect(cleared).toMatchObject({ save: 'durable', effects: [] });
});

test('peer defect 24: a Cancel that hung and got through is an end like any other', () => {
  const cancelling = after(declared('a'), refused('a'));
  const policy = { ...RETRY_POLICY, hungAfterAttempts: 1 };
  const hung = transition(cancelling, failed('a', 'cancel'), policy).transaction;
  expect(hung.hung).not.toBeNull();
  const { transaction, effects } = step(hung, cancelled('a'));
  expect(transaction).toMatchObject({ phase: 'cancelled', hung: null, reason: cancelling.reason });
  expect(effects).toEqual([{ type: 'publishEnded' }]);
});

test('a Try that fails hangs nothing: its deadline ends it', () => {
  let open = declared('a');
  for (let n = 1; n <= 2 * hungAfterAttempts; n++) {
    open = after(open, failed('a', 'try', { at: SOON + n }), retryRequested(SOON + n));
  }
  expect(open.hung).toBeNull();
});

test('the limits are those of the policy', () => {
  const policy = { ...RETRY_POLICY, hungAfterAttempts: 1 };
  expect(transition(confirming, failed('a', 'confirm'), policy).transaction.hung).not.toBeNull();
});

describe('the code under which it is said to hang', () => {
  const q = declaration('b', { participant: 'bank' });
  const both = after(declared('a', q), tried('a'), tried('b'));
  const silent = after(both, woken(old + capMs));
  const codeWith = (known: Partial<ParticipantsKnown>, more: Partial<Standing> = {}) =>
    hungCodeOf(
      { hung: silent.hung, isPaused: false, disputed: false, ...more },
      { paused: new Set(), withoutConsumer: new Set(), ...known },
    );

  test('names all whom it waits for beyond the limits', () => {
    expect(silent.hung).toMatchObject({ code: 'NO_REPLY', participants: ['bank', 'inventory'] });
    expect(after(silent, confirmed('a', old + capMs)).hung?.participants).toEqual(['bank']);
  });

  test('is what it met, unless nobody runs a participant of it, or somebody holds it', () => {
    expect(codeWith({})).toBe('NO_REPLY');
    expect(codeWith({ withoutConsumer: new Set(['bank']) })).toBe('NO_CONSUMER');
    expect(codeWith({ withoutConsumer: new Set(['bank']), paused: new Set(['inventory']) })).toBe('PAUSED');
    expect(codeWith({ withoutConsumer: new Set(['stranger']) })).toBe('NO_REPLY');
    expect(codeWith({}, { isPaused: true })).toBe('PAUSED');
    expect(codeWith({ paused: new Set(['bank']) }, { disputed: true })).toBe('CONTRADICTION');
    expect(codeWith({ withoutConsumer: new Set(['bank']) }, { hung: null })).toBeNull();
  });

  test('is told by the notice, too', () => {
    const policy = { ...RETRY_POLICY, withoutConsumer: new Set(['bank']) };
    const { effects } = transition(both, woken(old + capMs), policy);
    expect(effects).toContainEqual(expect.objectContaining({ notice: 'hung', code: 'NO_CONSUMER' }));
  });
});

test('a mark follows what the branches meet, whatever makes them meet it', () => {
  const failed = failing(hungAfterAttempts, 'a');
  const sentAgain = after(failed, adopted(SOON + 2 * capMs));
  expect(after(sentAgain, adopted(SOON + 3 * capMs)).hung?.code).toBe('NO_REPLY');
});
