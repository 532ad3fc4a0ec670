import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { LIST_BRANCHES } from './sql/frozen.js';
import { LIST_BY_REFERENCE, LIST_DISPUTED, LIST_ENDED, LIST_UNRESOLVED } from './sql/list.js';
import { StoreUnderTest, beginAll, began } from './store-under-test.suite.js';

const FINISHED = 50_000;
const UNRESOLVED = 100;
const PAGES_MAX = 500;
const AT = Date.UTC(2026, 10, 2);

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  await beginAll(
    database.store(),
    Array.from({ length: UNRESOLVED }, () => began()),
  );
  await database.sql(
    `insert into transactions (
       xid, version, format, name, reference, declared, phase, began_at, deadline_at, decided_at, ended_at, branches, progress
     )
     select gen_random_uuid(), 3, 2, 'checkout', n::text, true, 'confirmed', at, at, at, at, '[]', '[]'
     from generate_series(1, $1::integer) n, lateral (select to_timestamp($2::float8 / 1000) - n * interval '1 ms' as at)`,
    [FINISHED, AT],
  );
  await database.sql('analyze transactions');
});
afterAll(() => database.close());

/** Pages that a statement looks at. */
async function pagesOf(text: string, values: readonly unknown[]): Promise<number> {
  const [row] = await database.sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `explain (analyze, buffers, format json) ${text}`,
    [...values],
  );
  const plan = row?.['QUERY PLAN'][0].Plan ?? {};
  return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
}

/** The values of a list: phase, name, participant, resource, begun before, attempts, error, xid, limit, hung, contradicted. */
const values = (given: Record<number, unknown>) =>
  Array.from({ length: 11 }, (_, i) => (i === 8 ? 51 : (given[i] ?? null)));

test.each<[string, Record<number, unknown>]>([
  ['phase', { 0: 'confirming' }],
  ['name', { 1: 'refund' }],
  ['participant', { 2: 'bank' }],
  ['resource', { 3: 'bank.reserve' }],
  ['age', { 4: AT }],
  ['attempts', { 5: 3 }],
  ['error', { 6: 'DISK_FULL' }],
  ['what hangs', { 9: true }],
  ['nothing', {}],
])('a list by %s looks at unresolved rows only, however many have ended', async (_, given) => {
  expect(await pagesOf(LIST_UNRESOLVED, values(given))).toBeLessThan(PAGES_MAX);
});

test('a list of contradictions looks at these only, ended or not', async () => {
  expect(await pagesOf(LIST_DISPUTED, values({ 10: true }))).toBeLessThan(PAGES_MAX);
});

test('a list by reference looks at few rows', async () => {
  expect(await pagesOf(LIST_BY_REFERENCE, [...values({}), '77', null, null])).toBeLessThan(PAGES_MAX);
});

test('a window of end times is looked at a part at a time, whatever is filtered', async () => {
  const window = [AT - 3_600_000, AT, null, 100];
  expect(await pagesOf(LIST_ENDED, [...values({ 1: 'refund' }), ...window])).toBeLessThan(PAGES_MAX);
});

test('the frozen ledger looks at unresolved rows only', async () => {
  const pages = await pagesOf(LIST_BRANCHES, [null, null, null, null, null, 51]);
  expect(pages).toBeLessThan(PAGES_MAX + UNRESOLVED);
});
