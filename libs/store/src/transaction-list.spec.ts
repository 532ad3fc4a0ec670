import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { TransactionList } from './transaction-list.js';
import type { ListPage, ListPosition, TransactionFilter } from './transaction-list.js';
import {
  StoreUnderTest,
  after,
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
  b: confirming(sample(1, { name: 'refund', participants: ['order', 'bank'] })),
  c: sample(2, { reference: 'R1' }),
  d: hanging(cancelling(sample(3))),
  e: ended(cancelling(sample(4, { name: 'refund' }))),
  f: failedTwice(sample(5, { reference: 'R2', participants: ['order', 'bank'] })),
};
type Letter = keyof typeof transactions;
const letters = Object.keys(transactions) as Letter[];

interface Given {
  readonly name?: string;
  readonly reference?: string;
  readonly participants?: readonly string[];
}

function sample(minutes: number, { participants = ['order', 'stock'], ...given }: Given = {}): Transaction {
  const at = T0 + minutes * MINUTE_MS;
  const time = at.toString(16).padStart(12, '0');
  const branches = participants.map((name) => ({
    ...{ branchId: name, participant: name, resource: `${name}.reserve`, input: null },
    tryBy: 'coordinator' as const,
  }));
  const xid = `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000000`;
  return began({ at, xid, branches, ...given });
}

function hanging(transaction: Transaction): Transaction {
  return {
    ...transaction,
    hung: { code: 'NO_REPLY', since: transaction.beganAt + 60_000, participants: ['bank'] },
  };
}

function failedTwice(transaction: Transaction): Transaction {
  const at = transaction.beganAt;
  const failed = {
    type: 'failed',
    branchId: 'bank',
    operation: 'try',
    code: 'DISK_FULL',
    message: '',
  } as const;
  return after(
    transaction,
    { ...failed, at: at + 10 },
    { type: 'woken', at: at + 400 },
    { ...failed, at: at + 410 },
  );
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

function lettersOf(rows: readonly { xid: string }[]): string {
  return rows.map(({ xid }) => letters.find((letter) => transactions[letter].xid === xid)).join('');
}

/** The letters of each page, until there is no next one. */
async function pagesOf(filter: TransactionFilter, limit: number): Promise<string[]> {
  const pages: string[] = [];
  let next: ListPosition | null = null;
  do {
    const page: ListPage = await list.page(filter, limit, next);
    pages.push(lettersOf(page.rows));
    next = page.next;
  } while (next);
  return pages;
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
    ['by participant', { participant: 'bank' }, 'fb'],
    ['by resource', { resource: 'stock.reserve' }, 'dc'],
    ['a name with a quote', { participant: "bank' or 1=1 --" }, ''],
    ['what hangs', { hung: true }, 'd'],
    ['what does not hang', { hung: false }, 'fcb'],
    ['by attempts', { minAttempts: 2 }, 'f'],
    ['all were sent once', { minAttempts: 1 }, 'fdcb'],
    ['by the last error', { error: 'DISK_FULL' }, 'f'],
    ['by attempts and error', { minAttempts: 3, error: 'DISK_FULL' }, ''],
    ['begun before', { begunBefore: at(3) }, 'cb'],
    ['by a window of end times', { endedAfter: T0, endedBefore: at(60) }, 'ea'],
    ['the window begins with its first moment', { endedAfter: T0 + 20, endedBefore: at(1) }, 'a'],
    ['and ends before its last', { endedAfter: T0, endedBefore: T0 + 20 }, ''],
    ['a window and a reference', { endedAfter: T0, endedBefore: at(60), reference: 'R1' }, 'a'],
    ['a window and a name', { endedAfter: T0, endedBefore: at(60), name: 'refund' }, 'e'],
    ['all together', { phase: 'confirming', name: 'refund', begunBefore: at(2) }, 'b'],
  ])('%s', async (_, filter, expected) => {
    expect(await pagesOf(filter, 10)).toEqual([expected]);
  });
});

test('pages follow each other, the youngest first', async () => {
  expect(await pagesOf({}, 3)).toEqual(['fdc', 'b']);
  expect(await pagesOf({}, 2)).toEqual(['fd', 'cb']);
  expect(await pagesOf({ reference: 'R1' }, 1)).toEqual(['c', 'a']);
  const window = { endedAfter: T0, endedBefore: T0 + 60 * MINUTE_MS };
  expect(await pagesOf(window, 1)).toEqual(['e', 'a']);
  expect(await pagesOf({ ...window, name: 'refund' }, 1)).toEqual(['e']);
});

test('a page of a window looks at so many and goes on from there', async () => {
  const few = new TransactionList(database.dataSource, 1);
  const window = { endedAfter: T0, endedBefore: T0 + 60 * MINUTE_MS, name: 'checkout' };
  const first = await few.page(window, 10);
  expect(first).toEqual({ rows: [], next: { xid: transactions.e.xid, endedAt: transactions.e.endedAt } });
  const second = await few.page(window, 10, first.next);
  expect(lettersOf(second.rows)).toBe('a');
  expect(await few.page(window, 10, second.next)).toEqual({ rows: [], next: null });
});

test('a row of the list holds all but the branches', async () => {
  const { rows } = await list.page({ reference: 'R1', phase: 'confirmed' }, 1);
  const { xid, deadlineAt, decidedAt, endedAt } = transactions.a;
  expect(rows).toEqual([
    {
      ...{ xid, name: 'checkout', reference: 'R1', phase: 'confirmed', reason: null },
      ...{ beganAt: T0, deadlineAt, decidedAt, endedAt, contradicted: false, disputed: false },
      ...{ confirmNotBefore: null, coolingSince: null, paused: null, hung: null, forced: false },
    },
  ]);
});
