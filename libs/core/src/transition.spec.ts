import { BRANCHES_MAX, TEXT_LENGTH_MAX } from '@holdfast/protocol';
import { RETRY_POLICY } from './backoff.js';
import type { Event } from './event.js';
import type { Transaction } from './transaction.js';
import { begin, transition } from './transition.js';
import {
  BEGAN_AT,
  DEADLINE_AT,
  OVERDUE,
  SOON,
  adopted,
  after,
  beginning,
  branchRegistered,
  cancelRequested,
  cancelled,
  confirmRequested,
  confirmed,
  contradiction,
  declaration,
  declared,
  effectsOf,
  failed,
  oneByOne,
  refused,
  step,
  tried,
  woken,
} from './samples.suite.js';

describe('begin', () => {
  test('I3: is durable before any Try leaves', () => {
    const begun = beginning('a', 'b');
    expect(begun.save).toBe('durable');
    expect(effectsOf(begun)).toEqual(['send try a', 'send try b']);
    expect(begun.transaction).toMatchObject({
      phase: 'trying',
      declared: true,
      reason: null,
      beganAt: BEGAN_AT,
      deadlineAt: DEADLINE_AT,
      decidedAt: null,
      endedAt: null,
    });
    expect(begun.transaction.branches[0]?.try).toMatchObject({
      attempts: 1,
      firstAt: BEGAN_AT,
      lastAt: BEGAN_AT,
    });
  });

  test('without branches leaves the declaring to whoever adds them, and wakes at the deadline', () => {
    const begun = beginning();
    expect(begun.save).toBe('durable');
    expect(begun.effects).toEqual([]);
    expect(begun.transaction).toMatchObject({ declared: false, wakeAt: DEADLINE_AT });
  });

  test('keeps the trace that it is part of, where it is part of one', () => {
    const begun = {
      at: BEGAN_AT,
      xid: 'x',
      name: 'n',
      reference: null,
      deadlineAt: DEADLINE_AT,
      branches: [],
    };
    expect(begin(begun).transaction).not.toHaveProperty('traceParent');
    expect(begin({ ...begun, traceParent: '00-1-2-01' }).transaction.traceParent).toBe('00-1-2-01');
  });

  test('wakes at the deadline where that comes before the next attempt', () => {
    const { transaction } = step(declared('a'), woken(DEADLINE_AT - 1));
    expect(transaction.branches[0]?.try.nextAt).toBeGreaterThan(DEADLINE_AT);
    expect(transaction.wakeAt).toBe(DEADLINE_AT);
  });

  test('I2: a branchId that stands twice is a mistake of the shell, since one yes would count for two', () => {
    expect(() => beginning('a', 'b', 'a')).toThrow('names a branch twice');
  });
});

describe('the deadline', () => {
  test('names those that did not answer', () => {
    const { reason } = after(declared('a', 'b', 'c'), tried('b'), woken(DEADLINE_AT));
    expect(reason?.message).toContain('No answer to Try from: a, c.');
    expect(reason?.message).toContain(new Date(DEADLINE_AT).toISOString());
  });

  test('says so if all answered and nobody asked to confirm', () => {
    const { reason } = after(oneByOne('a'), tried('a'), woken(DEADLINE_AT));
    expect(reason?.message).toContain('Nobody asked to confirm it.');
  });

  test('peer defect 5: its reason is cut to what may be stored, and the cancel goes on', () => {
    const branches = Array.from({ length: BRANCHES_MAX }, (_, i) => declaration(`${i}`.padStart(64, 'b')));
    const expired = step(declared(...branches), woken(DEADLINE_AT));
    expect(expired.transaction.reason?.message).toHaveLength(TEXT_LENGTH_MAX);
    expect(expired.effects).toHaveLength(BRANCHES_MAX);
  });

  test('I3: no step both decides and ends, even if a branch claims to be cancelled already', () => {
    const expired = step(declared('a'), cancelled('a', DEADLINE_AT));
    expect(expired.transaction.phase).toBe('cancelling');
    expect(effectsOf(expired)).toEqual(['send cancel a']);
    expect(effectsOf(step(expired.transaction, cancelled('a', DEADLINE_AT)))).toEqual(['publishEnded']);
  });
});

describe('a transaction without branches', () => {
  test.each([
    ['confirm', confirmRequested([]), 'confirming', 'confirmed'],
    ['cancel', cancelRequested(), 'cancelling', 'cancelled'],
    ['the deadline', woken(DEADLINE_AT), 'cancelling', 'cancelled'],
  ] as const)('%s is a save of its own, and the next wake ends it', (_, event, phase, end) => {
    const decided = step(declared(), event);
    expect(decided).toMatchObject({ effects: [], save: 'durable' });
    expect(decided.transaction).toMatchObject({ phase, decidedAt: event.at, wakeAt: event.at });

    const ended = step(decided.transaction, woken(event.at));
    expect(ended).toMatchObject({ effects: [{ type: 'publishEnded' }], save: 'lazy' });
    expect(ended.transaction).toMatchObject({ phase: end, endedAt: event.at, wakeAt: null });
    expect(step(ended.transaction, woken(event.at)).transaction).toBe(ended.transaction);
  });

  test('stays open until somebody asks or the deadline comes', () => {
    const open = declared();
    expect(step(open, woken(OVERDUE)).transaction).toBe(open);
  });
});

test('a reply is overdue after six seconds, less a quarter at most', () => {
  const { wakeAt } = after(declared('a'), tried('a'));
  expect(wakeAt).toBeGreaterThanOrEqual(SOON + 4_500);
  expect(wakeAt).toBeLessThanOrEqual(SOON + 6_000);
});

describe('every wait follows the policy that is given', () => {
  const policy = { ...RETRY_POLICY, firstMs: 8, capMs: 40, replyTimeoutMs: 16 };
  const ready = after(oneByOne('a'), tried('a'));
  const confirming = after(ready, confirmRequested(['a']));

  test.each<[string, Transaction, Event, number]>([
    ['a registration', declared(), branchRegistered('a'), 16],
    ['a Try that failed', declared('a'), failed('a', 'try'), 8],
    ['a Confirm that failed', confirming, failed('a', 'confirm'), 8],
    ['the last yes', declared('a'), tried('a'), 16],
    ['a refusal', declared('a'), refused('a'), 16],
    ['a request to confirm', ready, confirmRequested(['a']), 16],
    ['a request to cancel', ready, cancelRequested(), 16],
    ['the deadline', ready, woken(DEADLINE_AT), 16],
    ['a second sending', confirming, woken(OVERDUE), 32],
    ['a take-over', confirming, adopted(OVERDUE), 32],
    ['a contradiction', confirming, contradiction('a', 'confirm'), 40],
    ['an answer to what was not asked', confirming, cancelled('a'), 40],
    ['an answer to what was not asked, past the deadline', ready, confirmed('a', DEADLINE_AT), 40],
  ])('%s', (_, before, event, nominal) => {
    const waitMs = (transition(before, event, policy).transaction.wakeAt ?? NaN) - event.at;
    expect(waitMs).toBeGreaterThanOrEqual(nominal * 0.75);
    expect(waitMs).toBeLessThanOrEqual(nominal);
  });

  test('begin', () => {
    const at = BEGAN_AT;
    const begun = { at, xid: 'x', name: 'checkout', reference: null, deadlineAt: DEADLINE_AT };
    const { wakeAt } = begin({ ...begun, branches: [declaration('a')] }, policy).transaction;
    expect(wakeAt).toBeGreaterThanOrEqual(at + 12);
    expect(wakeAt).toBeLessThanOrEqual(at + 16);
  });
});
