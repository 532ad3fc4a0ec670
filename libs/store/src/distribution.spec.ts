import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { schemaFaults, statementFaults, type Distribution } from '@holdfast/testing';
import { StoreUnderTest } from './store-under-test.suite.js';

/** How the tables would be spread over machines, by docs/scaling.md. */
const DISTRIBUTION: Distribution = {
  transactions: ['xid'],
  idempotency_keys: ['scope', 'key'],
  ...{ instances: 'everywhere', participants: 'everywhere', resources: 'everywhere', api_keys: 'everywhere' },
  ...{ audit: 'everywhere', batches: 'everywhere', batch_items: 'everywhere', migrations: 'everywhere' },
};

/** Statements that look through the transactions of all machines, none of them on the way of a transaction. */
const ASKS_ALL = new Set([
  ...['CLAIM', 'RELEASE', 'FORGET_DEAD', 'READ_UNRESOLVED', 'FORGET_TRANSACTIONS', 'FORGET_KEYS'],
  ...['LIST_UNRESOLVED', 'LIST_BY_REFERENCE', 'LIST_ENDED', 'LIST_BRANCHES', 'LIST_DISPUTED'],
]);
/** Beginnings of statements, which others complete. */
const PARTS = new Set(['INSERT_AUDIT']);

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());

/** All statements of this package, by their names. */
async function statements(): Promise<Record<string, string>> {
  const files = await readdir(new URL('./sql/', import.meta.url));
  const modules = await Promise.all(
    files.map(async (file) => Object.entries((await import(`./sql/${file}`)) as Record<string, unknown>)),
  );
  const texts = modules.flat().filter((each): each is [string, string] => typeof each[1] === 'string');
  return Object.fromEntries(texts.filter(([name]) => !PARTS.has(name)));
}

test('every unique constraint carries the columns by which its table is spread', async () => {
  expect(await schemaFaults(database.url, DISTRIBUTION)).toEqual([]);
});

test('every statement on the way of a transaction says on which machine its rows are', async () => {
  const all = await statements();
  expect(Object.keys(all)).toEqual(
    expect.arrayContaining(['BEGIN', 'READ_KEYS', 'LOAD', 'SAVE', ...ASKS_ALL]),
  );
  const hot = Object.fromEntries(Object.entries(all).filter(([name]) => !ASKS_ALL.has(name)));
  expect(await statementFaults(database.url, hot, DISTRIBUTION)).toEqual([]);
});

test('a constraint or a statement without these columns is found', async () => {
  await database.sql('create unique index transactions_one_name on transactions (name)');
  await database.sql('create table notes (xid uuid)');
  expect(await schemaFaults(database.url, DISTRIBUTION)).toEqual([
    'nothing is said of the table notes',
    'transactions_one_name is unique without xid',
  ]);
  const careless = {
    ...{ byName: `update transactions set reason = null where name = $1` },
    ...{ byKey: `delete from idempotency_keys where key = $1` },
    ...{ byXid: `select from transactions where xid = $1` },
  };
  expect(await statementFaults(database.url, careless, DISTRIBUTION)).toEqual([
    'byName looks into transactions by (name = $1)',
    'byKey looks into idempotency_keys by (key = $1)',
  ]);
});
