import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { until } from '@holdfast/testing';
import {
  StoreUnderTest,
  after,
  beginAll,
  began,
  change,
  confirming,
  loadOne,
} from './store-under-test.suite.js';

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());

/** One that cools off until `aheadMs` from now, saved by a store of its own, at version 2. */
async function cooling(aheadMs: number): Promise<Transaction> {
  const store = database.store();
  const begun = began({ confirmNotBefore: Date.now() + aheadMs });
  await beginAll(store, [begun]);
  const entered = confirming(begun);
  expect(entered).toMatchObject({ phase: 'trying', coolingSince: expect.any(Number) });
  await store.save([change(begun, 1, entered)]);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(entered);
  return entered;
}

/** Until the clock of the database says that it may be confirmed. */
async function timeOf({ xid }: Transaction): Promise<void> {
  const due = 'select 1 from transactions where xid = $1 and confirm_not_before <= now()';
  await until(async () => (await database.sql(due, [xid])).length === 1, { what: 'the time to confirm' });
}

const cancelled = (transaction: Transaction) =>
  after(transaction, { ...{ type: 'cancelRequested', at: Date.now(), code: 'CHANGED_MIND', message: '' } });
const confirmed = (transaction: Transaction) =>
  after(transaction, { type: 'woken', at: transaction.confirmNotBefore as number });

test('I3: whatever its clock says, no coordinator confirms before the time by the clock of the database', async () => {
  const entered = await cooling(3_600_000);
  const { saved } = await database.store().save([change(entered, 2, confirmed(entered))]);
  expect(saved.size).toBe(0);
  const { saved: cancel } = await database.store().save([change(entered, 2, cancelled(entered))]);
  expect(cancel.size).toBe(1);
});

test.each([
  ['cancel', 'cancelling'],
  ['confirm', 'confirming'],
])('I3, I13: of a cancel and a confirm at two coordinators the first save wins: %s', async (first, phase) => {
  const entered = await cooling(100);
  await timeOf(entered);
  const [one, other] = [database.store(), database.store()];
  const steps = { cancel: cancelled(entered), confirm: confirmed(entered) };
  const second = first === 'cancel' ? 'confirm' : 'cancel';
  expect((await one.save([change(entered, 2, steps[first as 'cancel'])])).saved.size).toBe(1);
  expect((await other.save([change(entered, 2, steps[second])])).saved.size).toBe(0);
  expect((await loadOne(one, entered.xid)).transaction.phase).toBe(phase);
});

test('I3: both at the same time: one of them stands', async () => {
  const entered = await cooling(100);
  await timeOf(entered);
  const saves = [cancelled(entered), confirmed(entered)].map((next) =>
    database.store().save([change(entered, 2, next)]),
  );
  const results = await Promise.all(saves);
  expect(results.reduce((sum, { saved }) => sum + saved.size, 0)).toBe(1);
});
