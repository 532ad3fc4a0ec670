import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestDatabase } from '@holdfast/testing';
import type { DataSource } from 'typeorm';
import { DatabaseAway } from './sql-failures.js';
import { SqlTransaction } from './sql-transaction.js';
import type { Call } from './statement-chain.js';
import { stockDataSource, stockDatabase } from './stock.suite.js';

const FIRST = { name: 'first', text: 'insert into movement (what) values ($1) returning what' };
const LAST: Call = { statement: 'insert into movement (what) values ($1)', values: ['last'] };
/** Fails when it runs, not when it is parsed. */
const BROKEN: Call = { statement: 'select 1 / $1::int', values: [0] };

let database: TestDatabase;
/** One connection, so that each SQL transaction gets the same. */
let dataSource: DataSource;

beforeAll(async () => {
  const stock = await stockDatabase();
  database = stock.database;
  await stock.dataSource.destroy();
  dataSource = await stockDataSource(database.url, { max: 1 }).initialize();
});
afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

/** A whole SQL transaction, after which the connection has prepared what chains need. */
async function whole(what: string, last?: Call): Promise<void> {
  const tx = await SqlTransaction.open(dataSource);
  const { rows } = await tx.run(FIRST, [what]);
  expect(rows).toEqual([{ what }]);
  await tx.commit(last);
}

const movements = async () =>
  (await dataSource.query<{ what: string }[]>('select what from movement order by what')).map(
    ({ what }) => what,
  );

/** What its connection is given from now on: each is a message that waits for its answer. */
async function watchQueries(): Promise<string[]> {
  const runner = dataSource.createQueryRunner();
  const client = (await runner.connect()) as { query: (...args: unknown[]) => unknown };
  await runner.release();
  const queries: string[] = [];
  const query = client.query.bind(client);
  client.query = (...args: unknown[]) => {
    const [first] = args as [string | { name?: string; text: string }];
    queries.push(typeof first === 'string' ? first : (first.name ?? first.text));
    return query(...args);
  };
  return queries;
}

beforeEach(async () => {
  await dataSource.query('truncate movement');
  await whole('warm', LAST);
  await dataSource.query('truncate movement');
});

test('it begins with its first statement and commits with its last: two round trips', async () => {
  const queries = await watchQueries();
  await whole('first', LAST);
  expect(queries).toEqual([FIRST.name, LAST.statement]);
  expect(await movements()).toEqual(['first', 'last']);
});

test('one whose last statement is its first is one too', async () => {
  const tx = await SqlTransaction.open(dataSource);
  await tx.commit(LAST);
  const broken = await SqlTransaction.open(dataSource);
  await expect(broken.commit(BROKEN)).rejects.toThrow('division by zero');
  await whole('next');
  expect(await movements()).toEqual(['last', 'next']);
});

test('a connection that is new prepares what it needs', async () => {
  const fresh = await stockDataSource(database.url, { max: 1 }).initialize();
  const tx = await SqlTransaction.open(fresh);
  await tx.run(FIRST, ['fresh']);
  await tx.commit(LAST);
  await fresh.destroy();
  expect(await movements()).toEqual(['fresh', 'last']);
});

describe('nothing is left, and the connection goes on,', () => {
  test('when the last statement fails', async () => {
    const tx = await SqlTransaction.open(dataSource);
    await tx.run(FIRST, ['first']);
    await expect(tx.commit(BROKEN)).rejects.toThrow('division by zero');
    await whole('next');
    expect(await movements()).toEqual(['next']);
  });

  test('when the first statement fails', async () => {
    const tx = await SqlTransaction.open(dataSource);
    const failure = await tx.run(BROKEN.statement, BROKEN.values).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: 'division by zero' });
    expect(await tx.rollback(failure)).toBe(failure);
    await whole('next');
    expect(await movements()).toEqual(['next']);
  });

  test('when a named first statement cannot be parsed, which is then parsed again', async () => {
    const late = { name: 'late', text: 'insert into not_yet (what) values ($1) returning what' };
    const tx = await SqlTransaction.open(dataSource);
    const failure = await tx.run(late, ['x']).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: '42P01' });
    await tx.rollback(failure);
    await dataSource.query('create table not_yet (what text)');
    const again = await SqlTransaction.open(dataSource);
    expect((await again.run(late, ['x'])).rows).toEqual([{ what: 'x' }]);
    await again.commit();
  });

  test('when it is given up', async () => {
    const tx = await SqlTransaction.open(dataSource);
    await tx.run(FIRST, ['first']);
    await tx.rollback(new Error('given up'));
    expect(await movements()).toEqual([]);
  });
});

test("a handler's statement with a name is parsed once", async () => {
  const named = { name: 'by_name', text: 'insert into movement (what) values ($1) returning what' };
  for (const what of ['one', 'two']) {
    const tx = await SqlTransaction.open(dataSource);
    expect((await tx.query(named, [what])).rows).toEqual([{ what }]);
    await tx.commit();
  }
  expect(await dataSource.query(`select 1 from pg_prepared_statements where name = 'by_name'`)).toHaveLength(
    1,
  );
  expect(await movements()).toEqual(['one', 'two']);
});

test("the SQL transaction is not a handler's to end by a statement with a name either", async () => {
  const tx = await SqlTransaction.open(dataSource);
  await expect(tx.query({ name: 'end_it', text: 'commit' })).rejects.toThrow('not the handler');
  await tx.rollback(undefined);
});

test('its manager is in the same SQL transaction, and nests by savepoints', async () => {
  const tx = await SqlTransaction.open(dataSource);
  await tx.run(FIRST, ['kept']);
  const nested = tx.manager.transaction(async (manager) => {
    await manager.query(`insert into movement (what) values ('dropped')`);
    throw new Error('not this one');
  });
  await expect(nested).rejects.toThrow('not this one');
  await tx.commit();
  expect(await movements()).toEqual(['kept']);
});

test('a connection that went before its first statement means that the database is away', async () => {
  const tx = await openAndTerminate();
  const failure = await tx.run(FIRST, ['x']).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DatabaseAway);
  expect(await tx.rollback(failure)).toBe(failure);
});

test('what its manager does first is in the SQL transaction as well', async () => {
  const tx = await SqlTransaction.open(dataSource);
  await tx.manager.query(`insert into movement (what) values ('undone')`);
  await tx.run(FIRST, ['undone too']);
  await tx.rollback(undefined);
  expect(await movements()).toEqual([]);
});

test('nothing that its manager does first is done where the connection went before', async () => {
  const tx = await openAndTerminate();
  await expect(tx.manager.query(`insert into movement (what) values ('alone')`)).rejects.toThrow();
  await expect(tx.commit(LAST)).rejects.toBeInstanceOf(DatabaseAway);
  expect(await movements()).toEqual([]);
});

/** One whose connection the server ends before it has begun. */
async function openAndTerminate(): Promise<SqlTransaction> {
  const [row] = await dataSource.query<{ pid: number }[]>('select pg_backend_pid() as pid');
  const tx = await SqlTransaction.open(dataSource);
  const other = await stockDataSource(database.url, { max: 1 }).initialize();
  await other.query('select pg_terminate_backend($1, 5000)', [row?.pid]);
  await other.destroy();
  return tx;
}
