import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import type { StoredTransaction } from '@holdfast/store';
import { DatabaseClock } from './database-clock.js';
import { HeldTransactions } from './held-transactions.js';
import { Sweeper } from './sweeper.js';
import { Waiters } from './waiters.js';

const ONE = {} as StoredTransaction;

let monotonic = 0;
beforeEach(() => {
  monotonic = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => monotonic);
});
afterEach(() => void jest.restoreAllMocks());

test('the clock follows that of the database also while each claim finds something', async () => {
  const clock = new DatabaseClock();
  const claimedAt: number[] = [];
  let databaseNow = 1_700_000_000_000;
  const claim = async () => ({ now: databaseNow, claimed: [ONE] });
  const parts = [
    { claim, loadChanged: async () => [] },
    { forgetDead: async () => undefined },
    { claimed: (_: readonly StoredTransaction[], at: number) => claimedAt.push(at) },
    new HeldTransactions(),
    { toLookAt: () => [] },
    clock,
    { tick: async () => undefined },
    { wake: () => undefined, recall: () => undefined },
    { ready: () => true },
    {},
  ];
  const sweeper = new Sweeper(...(parts as unknown as ConstructorParameters<typeof Sweeper>));
  await sweeper.tick();
  // The machine has stood still, and its monotonic clock with it.
  databaseNow += 30_000;
  monotonic += 400;
  await sweeper.tick();
  expect(claimedAt).toEqual([1_700_000_000_000, 1_700_000_030_000]);
  expect(clock.now()).toBe(databaseNow);
});

test('one tick looks at 500 rows at most, and the next at the rest', async () => {
  const waiters = new Waiters();
  for (let n = 0; n < 501; n++) void waiters.wait(`xid-${n}`, 0, () => true, 60_000);
  const asked: number[] = [];
  const parts = [
    { loadChanged: async (seen: unknown[]) => (asked.push(seen.length), []) },
    ...[{}, {}, { get: () => undefined }, waiters, {}, {}, {}],
    ...[{ ready: () => false }, {}],
  ];
  const sweeper = new Sweeper(...(parts as unknown as ConstructorParameters<typeof Sweeper>));
  await sweeper.tick();
  expect(asked).toEqual([500]);
  expect(waiters.toLookAt(() => 0, 1)).toEqual([{ xid: 'xid-500', version: 0 }]);
  waiters.releaseAll();
});

test('while somebody waits, rows are asked once a second whether another coordinator has changed them', async () => {
  const held = new HeldTransactions();
  held.put({ transaction: { xid: 'held' }, version: 3, holder: null } as StoredTransaction, false);
  const waiters = new Waiters();
  const told: unknown[] = [];
  const wait = (xid: string, seen: number) =>
    void waiters.wait(xid, seen, () => true, 60_000).then((transaction) => told.push(transaction));
  wait('held', 3);
  const asked: unknown[] = [];
  let changed: StoredTransaction[] = [];
  const parts = [
    { loadChanged: async (seen: unknown[]) => (asked.push(...seen), changed) },
    ...[{}, {}, held, waiters, {}, {}, {}],
    ...[{ ready: () => false }, {}],
  ];
  const sweeper = new Sweeper(...(parts as unknown as ConstructorParameters<typeof Sweeper>));
  for (monotonic = 0; monotonic < 3_000; monotonic += 100) await sweeper.tick();
  expect(asked).toEqual([
    { xid: 'held', version: 3 },
    { xid: 'held', version: 3 },
  ]);
  asked.length = 0;
  // That which goes on elsewhere is asked for each time: nobody here tells what becomes of it.
  wait('elsewhere', 0);
  await sweeper.tick();
  await sweeper.tick();
  expect(asked).toEqual([
    { xid: 'held', version: 3 },
    { xid: 'elsewhere', version: 0 },
    { xid: 'elsewhere', version: 0 },
  ]);
  changed = [{ transaction: { xid: 'elsewhere' }, version: 1 } as StoredTransaction];
  await sweeper.tick();
  expect(told).toEqual([{ xid: 'elsewhere' }]);
  waiters.releaseAll();
});
