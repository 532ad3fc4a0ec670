import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Branch, Transaction } from '@holdfast/core';
import { INPUT_BYTES_MAX, TEXT_LENGTH_MAX } from '@holdfast/protocol';
import { newXid } from '@holdfast/testing';
import {
  StoreUnderTest,
  after,
  beginAll,
  began,
  cancelling,
  change,
  confirming,
  ended,
  loadOne,
} from './store-under-test.suite.js';
import type { TransactionStore } from './transaction-store.js';

let database: StoreUnderTest;
let store: TransactionStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = database.store();
});
afterAll(() => database.close());

/** What is read of a transaction that was begun as `saved` and goes on as `next`. */
async function stored(saved: Transaction, next: Transaction): Promise<Transaction> {
  await beginAll(store, [saved]);
  const result = await store.save([change(saved, 1, next)]);
  expect(result.saved.size).toBe(1);
  return (await loadOne(store, saved.xid)).transaction;
}

const open = began({ reference: '536365' });

test.each<[string, Transaction]>([
  ['trying', began()],
  ['trying without branches', began({ branches: [] })],
  ['with a reference', open],
  ['confirming', confirming(began())],
  ['confirmed', ended(confirming(began()))],
  ['cancelling', cancelling(began())],
  ['cancelled', ended(cancelling(began()))],
  ['timed out', after(began({ at: 1_000_000_000_000 }), { type: 'woken', at: 1_000_000_040_000 })],
])('%s comes back as it was', async (_, transaction) => {
  const saved: Transaction = { ...transaction, phase: 'trying', decidedAt: null, endedAt: null, wakeAt: 1 };
  expect(await stored(saved, transaction)).toEqual(transaction);
});

test('every field of a branch comes back as it was', async () => {
  const saved = began({ xid: newXid() });
  const lastError = { code: 'HANDLER_FAILING', message: 'Ünïcode, "quotes", \\ and \n lines', at: 4 };
  const attempts = { attempts: 3, firstAt: 1, lastAt: 2, nextAt: 3, lastError };
  const branches = saved.branches.map((branch, i): Branch => ({
    ...branch,
    input: { nested: [{ null: null, yes: true, no: false, text: '\'; {,} \\u0041 "\\' }], number: 1.5e-7 },
    tryBy: i === 0 ? 'coordinator' : 'participant',
    try:
      i === 0
        ? { ...attempts, state: 'tried', answer: { id: null, of: ['x', 2] } }
        : { ...attempts, state: 'refused', refusal: { code: 'SOLD_OUT', message: 'No.' } },
    settle: { ...attempts, state: 'contradicted' },
  }));
  const transaction = { ...saved, branches };
  await beginAll(store, [transaction]);
  expect((await loadOne(store, saved.xid)).transaction).toEqual(transaction);
});

test('an answer that is null, or no object, comes back as it was', async () => {
  const saved = began();
  const answers = [null, 'text'];
  const answered = {
    ...saved,
    branches: saved.branches.map((branch, i): Branch => ({
      ...branch,
      try: { ...branch.try, state: 'tried', answer: answers[i] },
    })),
  };
  expect(await stored(saved, answered)).toEqual(answered);
});

test('peer defect 18: inputs of 256 KiB in a batch come back as they were', async () => {
  const text = 'ß"\\'.repeat(INPUT_BYTES_MAX / 4);
  const transactions = Array.from({ length: 4 }, () => {
    const transaction = began();
    const branches = transaction.branches.map((branch) => ({ ...branch, input: { text } }));
    return { ...transaction, branches };
  });
  await beginAll(store, transactions);
  const rows = await store.load(transactions.map(({ xid }) => xid));
  const byXid = new Map(rows.map(({ transaction }) => [transaction.xid, transaction]));
  for (const transaction of transactions) expect(byXid.get(transaction.xid)).toEqual(transaction);
});

test('peer defect 5: a reason of the greatest length is stored', async () => {
  const saved = began();
  const message = 'é'.repeat(TEXT_LENGTH_MAX);
  const decided = cancelling(saved, message);
  expect((await stored(saved, decided)).reason).toEqual({ code: 'OUT_OF_STOCK', message, branchId: 'order' });
});

test('what was saved since it was seen is read, and nothing else', async () => {
  const [unchanged, changed, unseen, gone] = [began(), began(), began(), began()];
  await beginAll(store, [unchanged, changed, unseen]);
  await store.save([change(changed, 1, confirming(changed))]);
  const seen = [unchanged, changed, gone].map(({ xid }) => ({ xid, version: 1 }));
  const read = await store.loadChanged([...seen, { xid: unseen.xid, version: 0 }]);
  const byXid = new Map(read.map((each) => [each.transaction.xid, each]));
  expect([...byXid.keys()].sort()).toEqual([changed.xid, unseen.xid].sort());
  expect(byXid.get(changed.xid)).toEqual(await loadOne(store, changed.xid));
  expect(await database.countStatements(() => store.loadChanged([]))).toBe(0);
});

test('nothing to load is no statement, and what is not there is left out', async () => {
  expect(await database.countStatements(() => store.load([]))).toBe(0);
  expect(await store.load([newXid()])).toEqual([]);
});

describe('progress', () => {
  const progressOf = async (xid: string) => {
    const rows = await database.sql<{ progress: string }>(
      'select progress::text as progress from transactions where xid = $1',
      [xid],
    );
    return rows[0]?.progress;
  };

  test('an end that every branch reached at the first go is not written into it, and is read from the end', async () => {
    const saved = began();
    const decided = confirming(saved);
    expect(await stored(saved, decided)).toEqual(decided);
    const written = await progressOf(saved.xid);
    const next = ended(decided);
    expect((await store.save([change(decided, 2, next)])).saved.size).toBe(1);
    expect(await progressOf(saved.xid)).toBe(written);
    expect((await loadOne(store, saved.xid)).transaction).toEqual(next);
  });

  test('an end after a retry is written', async () => {
    const saved = began();
    const decided = confirming(saved);
    await stored(saved, decided);
    const again = after(decided, { type: 'woken', at: decided.wakeAt ?? 0 });
    const next = ended(again);
    await store.save([change(decided, 2, next)]);
    const { transaction } = await loadOne(store, saved.xid);
    expect(transaction).toEqual(next);
    expect(transaction.branches.map(({ settle }) => settle.attempts)).toContain(2);
  });

  test('rows of format 1 are read, which left nothing out', async () => {
    const saved = began();
    await beginAll(store, [saved]);
    const attempts = { attempts: 1, firstAt: 1, lastAt: 1, nextAt: null, lastError: null };
    const progress = saved.branches.map(() => ({
      try: { ...attempts, state: 'tried', answer: 7 },
      settle: { ...attempts, attempts: 0, firstAt: null, lastAt: null, state: 'none' },
    }));
    await database.sql('update transactions set format = 1, progress = $2 where xid = $1', [
      saved.xid,
      JSON.stringify(progress),
    ]);
    const { transaction } = await loadOne(store, saved.xid);
    expect(transaction.branches.map(({ try: first, settle }) => ({ try: first, settle }))).toEqual(progress);
  });
});
