import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { CLAIM } from './sql/claim.js';
import { StoreUnderTest, beginAll, began } from './store-under-test.suite.js';

const FINISHED = 100_000;
const UNRESOLVED = 100;
const DUE = 10;

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());

/** Pages that a claim looks at or changes; it is rolled back. */
async function buffersOfClaim(): Promise<number> {
  const runner = database.dataSource.createQueryRunner();
  try {
    await runner.startTransaction();
    const [row] = (await runner.query(`explain (analyze, buffers, format json) ${CLAIM}`, [
      randomUUID(),
      [],
      1_500,
      500,
    ])) as [{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }];
    const [{ Plan: plan }] = row['QUERY PLAN'];
    expect(plan['Actual Rows']).toBe(DUE);
    return (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0);
  } finally {
    await runner.rollbackTransaction();
    await runner.release();
  }
}

async function addFinished(): Promise<void> {
  await database.sql(
    `insert into transactions (
       xid, version, format, name, reference, declared, phase, began_at, deadline_at, decided_at, ended_at, branches, progress
     )
     select gen_random_uuid(), 3, 1, 'checkout', n::text, true, 'confirmed', at, at, at, at, '[]', '[]'
     from generate_series(1, $1::integer) n, lateral (select now() - n * interval '1 s' as at)`,
    [FINISHED],
  );
}

test('a claim reads no more for 100,000 finished transactions', async () => {
  const unresolved = Array.from({ length: UNRESOLVED }, () => began());
  await beginAll(database.store(), unresolved);
  await database.sql(
    `update transactions set wake_at = now() + case when xid = any ($1) then '-1 s' else '1 h' end::interval`,
    [unresolved.slice(0, DUE).map(({ xid }) => xid)],
  );
  const withoutHistory = await buffersOfClaim();
  await addFinished();
  const withHistory = await buffersOfClaim();
  await database.sql('analyze transactions');
  const withStatistics = await buffersOfClaim();
  expect(withoutHistory).toBeLessThan(300);
  expect(withHistory).toBeLessThan(300);
  expect(withStatistics).toBeLessThan(300);
});
