import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Transaction } from '@holdfast/core';
import { until } from '@holdfast/testing';
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
  openDataSource,
} from './store-under-test.suite.js';
import { TransactionStore } from './transaction-store.js';
import type { SaveItem } from './transaction-store.js';

let database: StoreUnderTest;
let store: TransactionStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = database.store();
});
afterAll(() => database.close());

async function begun(count: number): Promise<Transaction[]> {
  const transactions = Array.from({ length: count }, () => began());
  await beginAll(store, transactions);
  return transactions;
}

async function begunOne(): Promise<Transaction> {
  const [transaction] = await begun(1);
  return transaction as Transaction;
}

describe('guards', () => {
  test('a save raises the version and names its coordinator as the holder', async () => {
    const saved = await begunOne();
    const other = database.store();
    const { saved: standing } = await other.save([change(saved, 1, confirming(saved))]);
    expect(standing).toEqual(new Set([saved.xid]));
    const row = await loadOne(store, saved.xid);
    expect(row).toMatchObject({ transaction: confirming(saved), version: 2 });
    expect(other.isHolder(row)).toBe(true);
    expect(store.isHolder(row)).toBe(false);
  });

  test('I13: whoever lost the row to another cannot overwrite the newer state', async () => {
    const saved = await begunOne();
    await database.store().save([change(saved, 1, cancelling(saved))]);
    const stale = await store.save([change(saved, 1, confirming(saved))]);
    expect(stale).toEqual({ saved: new Set(), rejected: [] });
    expect(await loadOne(store, saved.xid)).toMatchObject({ transaction: cancelling(saved), version: 2 });
  });

  test('I3: a decision is not decided again, not even at the right version', async () => {
    const saved = await begunOne();
    await store.save([change(saved, 1, cancelling(saved))]);
    const second = await store.save([change(saved, 2, confirming(saved))]);
    expect(second.saved).toEqual(new Set());
    expect((await loadOne(store, saved.xid)).transaction.phase).toBe('cancelling');
  });

  test('the rows of a batch stand or fall each for itself', async () => {
    const transactions = await begun(10);
    const lost = transactions.filter((_, i) => i % 3 === 0);
    await database.store().save(lost.map((saved) => change(saved, 1, cancelling(saved))));
    const { saved } = await store.save(transactions.map((each) => change(each, 1, confirming(each))));
    const won = transactions.filter((each) => !lost.includes(each));
    expect(saved).toEqual(new Set(won.map(({ xid }) => xid)));
  });

  test('an unknown xid is not saved', async () => {
    const unknown = began();
    expect((await store.save([change(unknown, 1, confirming(unknown))])).saved).toEqual(new Set());
    expect(await store.load([unknown.xid])).toEqual([]);
  });

  test('a save waits for a rival on the row, and loses against what he left', async () => {
    const saved = await begunOne();
    const rival = await database.rival();
    await rival.query('begin');
    await rival.query('update transactions set version = version + 1 where xid = $1', [saved.xid]);
    const result = store.save([change(saved, 1, confirming(saved))]);
    await until(async () => (await database.waitersForLocks()) === 1, { what: 'the save to wait' });
    await rival.query('commit');
    expect((await result).saved).toEqual(new Set());
    expect((await loadOne(store, saved.xid)).transaction.phase).toBe('trying');
  });
});

describe('what is written', () => {
  test('an end gives the row up', async () => {
    const saved = await begunOne();
    const decided = confirming(saved);
    await store.save([change(saved, 1, decided)]);
    await store.save([change(decided, 2, ended(decided))]);
    expect(await loadOne(store, saved.xid)).toMatchObject({
      transaction: { phase: 'confirmed', wakeAt: null, endedAt: expect.any(Number) },
      version: 3,
      holder: null,
    });
  });

  test('the declarations of branches are written again only when there are more', async () => {
    const saved = began({ branches: [] });
    await beginAll(store, [saved]);
    const branch = { branchId: 'a', participant: 'p', resource: 'p.r', input: { n: 1 } };
    const at = saved.beganAt + 1;
    const registered = after(saved, {
      ...{ type: 'branchRegistered', at, branch: { ...branch, tryBy: 'participant' } },
    });
    await store.save([change(saved, 1, registered)]);
    expect((await loadOne(store, saved.xid)).transaction).toEqual(registered);
    // As another hand would have left it: what a save does not write stays.
    const marked = JSON.stringify([{ ...branch, tryBy: 'participant', input: { n: 2 } }]);
    await database.sql('update transactions set branches = $2 where xid = $1', [saved.xid, marked]);
    const tried = after(registered, { type: 'tried', at, branchId: 'a', answer: 1, reported: true });
    await store.save([change(registered, 2, tried)]);
    const [loaded] = (await loadOne(store, saved.xid)).transaction.branches;
    expect(loaded).toMatchObject({ input: { n: 2 }, try: { state: 'tried', answer: 1 } });
  });
});

describe('batches', () => {
  test('400 saves are one statement', async () => {
    const transactions = await begun(400);
    const items = transactions.map((saved) => change(saved, 1, confirming(saved)));
    expect(await database.countStatements(() => store.save(items))).toBe(1);
  });

  test('a plan that was kept since the table was small reads no more of a large one', async () => {
    const dataSource = await openDataSource(database.url, 1).initialize();
    const own = new TransactionStore(dataSource, randomUUID());
    const saveOne = async (saved: Transaction) => own.save([change(saved, 1, confirming(saved))]);
    /** So many pages were read by this connection's statements up to now. */
    const pagesRead = async (): Promise<number> => {
      await dataSource.query('select pg_stat_force_next_flush()');
      const [row] = await dataSource.query<{ pages: number }[]>(
        `select (heap_blks_read + heap_blks_hit)::float8 as pages
         from pg_statio_user_tables where relname = 'transactions'`,
      );
      return row?.pages as number;
    };
    const [last, ...others] = await begun(11);
    for (const saved of others) await saveOne(saved);
    const [plans] = await dataSource.query<{ generic_plans: string }[]>(
      `select generic_plans from pg_prepared_statements where name = 'save'`,
    );
    expect(Number(plans?.generic_plans)).toBeGreaterThan(0);
    await database.sql(
      `insert into transactions (
         xid, version, format, name, declared, phase, began_at, deadline_at, decided_at, ended_at, branches, progress
       )
       select gen_random_uuid(), 3, 1, 'checkout', true, 'confirmed', now(), now(), now(), now(), '[]', '[]'
       from generate_series(1, 8_000)`,
    );
    const before = await pagesRead();
    await saveOne(last as Transaction);
    expect((await pagesRead()) - before).toBeLessThan(50);
    await dataSource.destroy();
  });

  test('nothing to save is no statement', async () => {
    expect(await database.countStatements(() => store.save([]))).toBe(0);
  });

  test('a row that the database does not take is rejected alone', async () => {
    const transactions = await begun(64);
    const items = transactions.map((saved) => change(saved, 1, cancelling(saved)));
    const bad = items[40] as SaveItem;
    items[40] = change(bad.saved, 1, cancelling(bad.saved, 'a NUL \u0000 in it'));
    const { saved, rejected } = await store.save(items);
    expect(rejected).toEqual([{ item: items[40], error: expect.objectContaining({ code: '22P05' }) }]);
    expect(saved.size).toBe(63);
    expect((await loadOne(store, bad.saved.xid)).version).toBe(1);
  });

  test('two coordinators whose batches overlap in opposite order do not deadlock', async () => {
    const rivals = [store, database.store()];
    const transactions = await begun(200);
    const reversed = [...transactions].reverse();
    for (let version = 1; version <= 15; version++) {
      const results: Set<string>[] = [];
      const statements = await database.countStatements(async () => {
        const saves = rivals.map((rival, i) =>
          rival.save((i === 0 ? transactions : reversed).map((each) => change(each, version, each))),
        );
        for (const { saved } of await Promise.all(saves)) results.push(new Set(saved));
      });
      // A deadlock would have been tried again.
      expect(statements).toBe(2);
      expect((results[0]?.size ?? 0) + (results[1]?.size ?? 0)).toBe(200);
    }
  });

  test('a deadlock with somebody else is tried again in halves', async () => {
    const [first, second] = (await begun(2)).sort((a, b) => (a.xid < b.xid ? -1 : 1)) as [
      Transaction,
      Transaction,
    ];
    // The store finds the deadlock first.
    const rival = await database.rival();
    await rival.query(`set deadlock_timeout = '1min'`);
    await rival.query('begin');
    await rival.query('select from transactions where xid = $1 for update', [second.xid]);
    const result = store.save([first, second].map((saved) => change(saved, 1, confirming(saved))));
    await until(async () => (await database.waitersForLocks()) === 1, { what: 'the save to wait' });
    await rival.query('select from transactions where xid = $1 for update', [first.xid]);
    await rival.query('rollback');
    expect((await result).saved).toEqual(new Set([first.xid, second.xid]));
  });
});

describe('durability', () => {
  async function commitModeOf(items: readonly SaveItem[]): Promise<string[]> {
    await database.sql('delete from commit_modes');
    await store.save(items);
    const rows = await database.sql<{ mode: string }>('select distinct mode from commit_modes order by mode');
    return rows.map(({ mode }) => mode);
  }

  beforeAll(async () => {
    await database.sql('create table commit_modes (mode text)');
    await database.sql(`
      create function note_commit_mode() returns trigger language plpgsql as $$ begin
        insert into commit_modes values (current_setting('synchronous_commit'));
        return null;
      end $$`);
    await database.sql(`
      create trigger note_commit_mode after update on transactions
      for each row execute function note_commit_mode()`);
  });
  afterAll(() => database.sql('drop trigger note_commit_mode on transactions'));

  test('a batch of nothing but ends does not wait for the disk', async () => {
    const decided = (await begun(3)).map(confirming);
    await store.save(decided.map((next) => change({ ...next, phase: 'trying' }, 1, next)));
    expect(await commitModeOf(decided.map((each) => change(each, 2, ended(each))))).toEqual(['off']);
    const [row] = await database.sql<{ mode: string }>(
      `select current_setting('synchronous_commit') as mode`,
    );
    expect(row?.mode).toBe('on');
  });

  test('I3: a decision is durable, also among ends', async () => {
    const [first, second] = (await begun(2)) as [Transaction, Transaction];
    const decided = confirming(first);
    expect(await commitModeOf([change(first, 1, decided)])).toEqual(['on']);
    const batch = [change(decided, 2, ended(decided)), change(second, 1, cancelling(second))];
    expect(await commitModeOf(batch)).toEqual(['on']);
  });

  test('I12: a contradiction after the end is durable', async () => {
    const saved = await begunOne();
    const decided = confirming(saved);
    const final = ended(decided);
    await store.save([change(saved, 1, decided)]);
    await store.save([change(decided, 2, final)]);
    const at = (final.endedAt ?? 0) + 1;
    const contradicted = after(final, { type: 'cancelled', at, branchId: 'stock' });
    expect(contradicted.branches[1]?.settle.state).toBe('contradicted');
    expect(await commitModeOf([change(final, 3, contradicted)])).toEqual(['on']);
    expect((await loadOne(store, saved.xid)).transaction).toEqual(contradicted);
  });
});
