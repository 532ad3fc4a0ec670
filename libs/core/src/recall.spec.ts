import { describe, expect, test } from '@jest/globals';
import { RETRY_POLICY } from './backoff.js';
import type { Event } from './event.js';
import { openSendings } from './recall.js';
import {
  DEADLINE_AT,
  OVERDUE,
  SOON,
  adopted,
  after,
  cancelRequested,
  declaration,
  declared,
  effectsOf,
  failed,
  pauseRequested,
  recalled,
  step,
  stateOf,
  tried,
  woken,
} from './samples.suite.js';
import { findBranch } from './transaction.js';
import type { Transaction } from './transaction.js';
import { begin, transition } from './transition.js';

const STOCK = declaration('stock', { participant: 'stock' });
const COUPON = declaration('coupon', { participant: 'coupon' });
const LATE = DEADLINE_AT + 60_000;
const CAP = RETRY_POLICY.capMs;

const stockIsPaused = { ...RETRY_POLICY, paused: new Set(['stock']) };
const stockIsSilent = { ...RETRY_POLICY, setAside: new Set(['stock']) };

/** Decided to confirm; neither has answered. */
const confirming = after(declared(STOCK, COUPON), tried('stock'), tried('coupon'));

const nextAtOf = (transaction: Transaction, branchId: string) =>
  findBranch(transaction, branchId)?.settle.nextAt ?? NaN;

describe('work of a participant that does not answer', () => {
  test.each([
    ['when it is due', woken(OVERDUE), OVERDUE],
    ['when it is taken over', adopted(SOON), SOON],
  ] as const)('waits %s, at the cap and never beyond it, and no sibling waits with it', (_, event, at) => {
    const { transaction, effects, save } = transition(confirming, event, stockIsSilent);
    expect([effects.map((effect) => effect.type), save]).toEqual([['send'], 'durable']);
    expect(effects).toMatchObject([{ branchId: 'coupon' }]);
    expect(nextAtOf(transaction, 'stock')).toBeGreaterThanOrEqual(at + CAP * 0.75);
    expect(nextAtOf(transaction, 'stock')).toBeLessThanOrEqual(at + CAP);
    expect(findBranch(transaction, 'stock')?.settle.attempts).toBe(1);
  });

  test('is sent the first time all the same: it may be what brings the answer', () => {
    const decided = transition(after(declared(STOCK), failed('stock', 'try')), tried('stock'), stockIsSilent);
    expect(effectsOf(decided)).toEqual(['send confirm stock']);
  });

  test('does not hold the deadline', () => {
    const silent = transition(declared(STOCK), woken(OVERDUE), stockIsSilent).transaction;
    expect(silent.wakeAt).toBe(DEADLINE_AT);
    expect(effectsOf(transition(silent, woken(DEADLINE_AT), stockIsSilent))).toEqual(['send cancel stock']);
  });

  test('is marked as hung in time though nothing was sent', () => {
    let transaction = after(declared(STOCK), tried('stock'));
    for (let waits = 0; waits < 3 && !transaction.hung; waits++)
      transaction = transition(transaction, woken(transaction.wakeAt as number), stockIsSilent).transaction;
    expect(transaction.hung?.code).toBe('NO_REPLY');
    expect(findBranch(transaction, 'stock')?.settle.attempts).toBe(1);
  });

  test('goes on at once when it is recalled, silent or not, and its siblings wait on', () => {
    const waiting = transition(confirming, woken(OVERDUE), stockIsSilent).transaction;
    const done = transition(waiting, recalled('stock', LATE), stockIsSilent);
    expect(effectsOf(done)).toEqual(['send confirm stock']);
    expect(done.save).toBe('durable');
    expect(findBranch(done.transaction, 'stock')?.settle.attempts).toBe(2);
    expect(step(done.transaction, recalled('stranger', LATE)).transaction).toBe(done.transaction);
  });
});

describe('work of a paused participant', () => {
  const begun = begin(
    {
      at: SOON,
      xid: confirming.xid,
      name: 'checkout',
      reference: null,
      deadlineAt: DEADLINE_AT,
      branches: [STOCK, COUPON],
    },
    stockIsPaused,
  );

  test.each<[string, Transaction, Event, string[]]>([
    ['a Confirm', after(declared(STOCK, COUPON), tried('stock')), tried('coupon'), ['send confirm coupon']],
    ['a Cancel', declared(STOCK, COUPON), cancelRequested(), ['send cancel coupon']],
    ['a repetition', confirming, woken(OVERDUE), ['send confirm coupon']],
    ['what is recalled', confirming, recalled('stock', LATE), []],
  ])('%s is held, the first time, too', (_, before, event, sent) => {
    expect(effectsOf(transition(before, event, stockIsPaused))).toEqual(sent);
  });

  test('a Try is held, and sent once it is recalled', () => {
    expect(effectsOf(begun)).toEqual(['send try coupon']);
    expect(begun.transaction.wakeAt).toBeLessThanOrEqual(DEADLINE_AT);
    expect(effectsOf(step(begun.transaction, recalled('stock', SOON + 1)))).toEqual(['send try stock']);
  });

  test('nothing was sent, so nothing counts as sent', () => {
    expect(findBranch(begun.transaction, 'stock')?.try).toMatchObject({ attempts: 0, lastAt: null });
    expect(stateOf(begun.transaction, 'stock')).toBe('pending/none');
  });
});

test('what is waited for, and since when', () => {
  const waiting = after(declared(STOCK, COUPON), tried('coupon'));
  expect(openSendings(waiting)).toMatchObject([
    { participant: 'stock', attempts: 1, lastAt: expect.any(Number) },
  ]);
  expect(openSendings(after(waiting, pauseRequested()))).toEqual([]);
  expect(openSendings(confirming).map(({ participant }) => participant)).toEqual(['stock', 'coupon']);
});
