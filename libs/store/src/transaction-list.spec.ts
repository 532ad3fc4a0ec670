import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { TransactionList } from './transaction-list.js';
import type { TransactionFilter } from './transaction-list.js';
import {
  StoreUnderTest,
  beginAll,
  began,
  cancelling,
  change,
  confirming,
  ended,
} from './store-under-test.suite.js';

const T0 = Date.UTC(2026, 10, 2, 9);
const MINUTE_MS = 60_000;

/** Born a minute after each other, so that the youngest has the last letter. */
const transactions = {
  a: ended(confirming(sample(0, { reference: 'R1' }))),
  b: confirming(sample(1, { name: 'refund' })),
  c: sample(2, { reference: 'R1' }),
  d: cancelling(sample(3)),
  e: ended(cancelling(sample(4, { name: 'refund' }))),
  f: sample(5, { reference: 'R2' }),
};
type Letter = keyof typeof transactions;
const letters = Object.keys(transactions) as Letter[];

function sample(minutes: number, given: { name?: string; reference?: string } = {}): Transaction {
  const at = T0 + minutes * MINUTE_MS;
  const time = at.toString(16).padStart(12, '0');
  return began({ at, xid: `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`, ...given });
}

let database: StoreUnderTest;
let list: TransactionList;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  list = new TransactionList(database.dataSource);
  const store = database.store();
  const open = Object.values(transactions).map((each): Transaction => ({
    ...{ ...each, phase: 'trying', reason: null, wakeAt: each.deadlineAt, decidedAt: null, endedAt: null },
  }));
  await beginAll(store, open);
  await store.save(Object.values(transactions).map((next, i) => change(open[i] as Transaction, 1, next)));
});
afterAll(() => database.close());

async function lettersOf(filter: TransactionFilter, limit = 10, after?: Letter): Promise<string> {
  const rows = await list.page(filter, limit, after && transactions[after].xid);
  return rows.map(({ xid }) => letters.find((letter) => transactions[letter].xid === xid)).join('');
}

describe('filters', () => {
  const at = (minutes: number) => T0 + minutes * MINUTE_MS;
  test.each<[string, TransactionFilter, string]>([
    ['unresolved ones unless said otherwise', {}, 'fdcb'],
    ['by phase', { phase: 'trying' }, 'fc'],
    ['ended ones are not among the unresolved', { phase: 'confirmed' }, ''],
    ['by name', { name: 'refund' }, 'b'],
    ['by reference, ended or not', { reference: 'R1' }, 'ca'],
    ['by reference and phase', { reference: 'R1', phase: 'confirmed' }, 'a'],
    ['an unknown reference', { reference: 'R9' }, ''],
    ['begun before', { begunBefore: at(3) }, 'cb'],
    ['by a window of end times', { endedAfter: T0, endedBefore: at(60) }, 'ea'],
    ['the window begins with its first moment', { endedAfter: T0 + 20, endedBefore: at(1) }, 'a'],
    ['and ends before its last', { endedAfter: T0, endedBefore: T0 + 20 }, ''],
    ['a window and a reference', { endedAfter: T0, endedBefore: at(60), reference: 'R1' }, 'a'],
    ['a window and a name', { endedAfter: T0, endedBefore: at(60), name: 'refund' }, 'e'],
    ['all together', { phase: 'confirming', name: 'refund', begunBefore: at(2) }, 'b'],
  ])('%s', async (_, filter, expected) => {
    expect(await lettersOf(filter)).toBe(expected);
  });
});

test('pages follow each other, the youngest first', async () => {
  expect(await lettersOf({}, 3)).toBe('fdc');
  expect(await lettersOf({}, 3, 'c')).toBe('b');
  expect(await lettersOf({}, 3, 'b')).toBe('');
  expect(await lettersOf({ reference: 'R1' }, 1)).toBe('c');
  expect(await lettersOf({ reference: 'R1' }, 1, 'c')).toBe('a');
});

test('a row of the list holds all but the branches', async () => {
  const [row] = await list.page({ reference: 'R1', phase: 'confirmed' }, 1);
  expect(row).toEqual({
    ...{ xid: transactions.a.xid, version: 2, holder: null, format: 2, name: 'checkout', reference: 'R1' },
    ...{ declared: true, phase: 'confirmed', reason: null, wakeAt: null },
    ...{
      pausedAt: null,
      pausedBy: null,
      pauseReason: null,
      hungCode: null,
      hungSince: null,
      contradicted: false,
    },
    ...{ forced: false, attemptsMax: 1, lastErrorCode: null, confirmNotBefore: null },
    beganAt: new Date(T0),
    deadlineAt: new Date(transactions.a.deadlineAt),
    decidedAt: new Date(transactions.a.decidedAt ?? 0),
    endedAt: new Date(transactions.a.endedAt ?? 0),
  });
});
