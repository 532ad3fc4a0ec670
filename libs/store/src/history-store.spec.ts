import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { HistoryStore } from './history-store.js';
import type { HistoryPlace, HistoryStep } from './history-store.js';
import { StoreUnderTest, began } from './store-under-test.suite.js';
import type { TransactionStore } from './transaction-store.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const LIMIT = 100;

let database: StoreUnderTest;
let store: TransactionStore;
let history: HistoryStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = database.store();
  history = new HistoryStore(database.dataSource);
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.sql('truncate transactions, idempotency_keys');
});

/** Transactions with a key each that ended this long ago. */
async function ended(count: number, daysAgo: number): Promise<string[]> {
  const transactions = Array.from({ length: count }, () => began());
  await store.begin(
    transactions.map((transaction) => ({
      transaction,
      key: { scope: 'shop', key: transaction.xid, bodyHash: 'hash' },
    })),
  );
  const xids = transactions.map(({ xid }) => xid);
  await database.sql(
    `update transactions set phase = 'confirmed', holder = null, wake_at = null,
       decided_at = now() - $2 * interval '1 day', ended_at = now() - $2 * interval '1 day'
     where xid = any ($1)`,
    [xids, daysAgo],
  );
  await database.sql(
    `update idempotency_keys set created_at = now() - $2 * interval '1 day' where xid = any ($1)`,
    [xids, daysAgo],
  );
  return xids;
}

async function left(): Promise<{ transactions: string[]; keys: string[] }> {
  const xidsOf = async (table: string) =>
    (await database.sql<{ xid: string }>(`select xid from ${table} order by xid`)).map(({ xid }) => xid);
  return { transactions: await xidsOf('transactions'), keys: await xidsOf('idempotency_keys') };
}

/** All steps of one walk. */
async function walk(step: (from?: HistoryPlace) => Promise<HistoryStep>): Promise<HistoryStep[]> {
  const steps = [await step()];
  for (let next = steps[0]?.next; next; next = steps.at(-1)?.next) steps.push(await step(next));
  return steps;
}

describe('transactions', () => {
  test('go once they ended longer ago than the retention, a bounded step at a time', async () => {
    await ended(25, 31);
    const young = await ended(2, 29);
    const steps = await walk((from) => history.forgetTransactions(30 * DAY_MS, 10, from));
    expect(steps.map(({ looked, removed }) => [looked, removed])).toEqual([
      [10, 10],
      [10, 10],
      [5, 5],
    ]);
    expect((await left()).transactions).toEqual([...young].sort());
  });

  test('I12: one that was forced or contradicted stays for good, and lets those behind it go', async () => {
    const kept = await ended(3, 40);
    await database.sql('update transactions set contradicted = (xid <> $1), forced = (xid = $1)', [kept[0]]);
    await ended(3, 35);
    const steps = await walk((from) => history.forgetTransactions(30 * DAY_MS, 2, from));
    expect(steps.map(({ removed }) => removed).reduce((sum, each) => sum + each, 0)).toBe(3);
    expect((await left()).transactions).toEqual([...kept].sort());
  });

  test('I7: one that has not ended stays, however old', async () => {
    const old = began({ at: Date.now() - 400 * DAY_MS });
    await store.begin([{ transaction: old, key: null }]);
    expect(await history.forgetTransactions(30 * DAY_MS, LIMIT)).toMatchObject({ looked: 0, removed: 0 });
    expect((await left()).transactions).toEqual([old.xid]);
  });

  test('two coordinators forget at the same time, and nobody waits for what somebody looks at', async () => {
    const [first = ''] = await ended(50, 31);
    const rival = await database.rival();
    await rival.query('begin');
    await rival.query('select from transactions where xid = $1 for update', [first]);
    await Promise.all([
      history.forgetTransactions(30 * DAY_MS, LIMIT),
      new HistoryStore(database.dataSource).forgetTransactions(30 * DAY_MS, LIMIT),
    ]);
    expect((await left()).transactions).toEqual([first]);
    await rival.query('rollback');
  });
});

describe('idempotency keys', () => {
  test('go once they are old and their transaction is gone, never before it', async () => {
    const gone = await ended(5, 33);
    await history.forgetTransactions(30 * DAY_MS, LIMIT);
    const standing = await ended(5, 33);
    const young = await ended(2, 10);
    const steps = await walk((from) => history.forgetKeys(31 * DAY_MS, 4, from));
    expect(steps.map(({ removed }) => removed).reduce((sum, each) => sum + each, 0)).toBe(gone.length);
    expect((await left()).keys).toEqual([...standing, ...young].sort());
  });

  test('of what is forgotten is still known whose it was', async () => {
    const [xid = ''] = await ended(1, 31);
    await history.forgetTransactions(30 * DAY_MS, LIMIT);
    const key = { scope: 'shop', key: xid, bodyHash: 'hash' };
    const repeated = { transaction: began({ xid: randomUUID() }), key };
    expect([...(await store.begin([repeated])).values()]).toEqual([{ type: 'repeated', xid }]);
  });
});
