import { afterEach, expect, jest, test } from '@jest/globals';
import type { StoredTransaction } from '@holdfast/store';
import { DatabaseClock } from './database-clock.js';
import { HeldTransactions } from './held-transactions.js';
import { Sweeper } from './sweeper.js';

const ONE = {} as StoredTransaction;

afterEach(() => void jest.restoreAllMocks());

test('the clock follows that of the database also while each claim finds something', async () => {
  let monotonic = 0;
  jest.spyOn(performance, 'now').mockImplementation(() => monotonic);
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
