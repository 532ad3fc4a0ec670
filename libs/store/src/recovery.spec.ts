import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Event, Transaction } from '@holdfast/core';
import type { AuditRecord } from './audit-record.js';
import {
  StoreUnderTest,
  after,
  beginAll,
  began,
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

const by = { actor: 'alice', reason: 'The bank is "down".' };
const paused = (transaction: Transaction, at = transaction.beganAt) =>
  after(transaction, { type: 'pauseRequested', at, ...by });
const failed = (transaction: Transaction, branchId: string, at: number) =>
  after(transaction, {
    ...{ type: 'failed', at, branchId, operation: 'confirm', code: 'BROKEN', message: '' },
  });

async function save(before: Transaction, next: Transaction, version = 1): Promise<void> {
  const { saved } = await store.save([change(before, version, next)]);
  expect(saved.size).toBe(1);
}

async function columns(xid: string): Promise<Record<string, unknown>> {
  const [row] = await database.sql(
    `select paused_by, hung_code, contradicted, forced, attempts_max, last_error_code, format,
       paused_at is not null as paused, hung_since is not null as hung, wake_at is null as asleep
     from transactions where xid = $1`,
    [xid],
  );
  return row as Record<string, unknown>;
}
const AMISS_IN_NOTHING = {
  ...{ paused_by: null, hung_code: null, contradicted: false, forced: false, attempts_max: 1 },
  ...{ last_error_code: null, format: 2, paused: false, hung: false },
};

test('what goes well leaves the columns of operators empty', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  expect(await columns(begun.xid)).toEqual({ ...AMISS_IN_NOTHING, asleep: false });
  await save(begun, confirming(begun));
  expect(await columns(begun.xid)).toEqual({ ...AMISS_IN_NOTHING, asleep: false });
  expect(JSON.stringify(await database.sql('select progress from transactions'))).not.toContain('history');
});

test('a pause comes back as it was, and has no time to wake; a resume clears it', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  const held = paused(begun);
  await save(begun, held);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(held);
  expect(await columns(begun.xid)).toMatchObject({ paused_by: 'alice', paused: true, asleep: true });
  await save(held, after(held, { type: 'resumeRequested', at: held.beganAt + 1, ...by }), 2);
  expect(await columns(begun.xid)).toMatchObject({ ...AMISS_IN_NOTHING, attempts_max: 2 });
});

test('what hangs comes back as it was, with its attempts, and is found by its columns', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  let next = confirming(begun);
  for (let n = 1; n <= 12; n++) {
    const at = begun.beganAt + n * 10 + 10;
    next = failed(next, 'order', at);
    if (n < 12) next = after(next, { type: 'retryRequested', at: at + 1, branchIds: ['order'], ...by });
  }
  expect(next.hung).not.toBeNull();
  await save(begun, next);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(next);
  expect(await columns(begun.xid)).toMatchObject({
    ...{ hung_code: 'HANDLER_FAILING', hung: true, attempts_max: 12, last_error_code: 'BROKEN' },
  });
  const all = next.branches.map(({ branchId }): Event => ({
    type: 'confirmed',
    at: begun.beganAt + 500,
    branchId,
  }));
  const end = after(next, ...all);
  await save(next, end, 2);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(end);
  expect(await columns(begun.xid)).toMatchObject({ hung: false, last_error_code: null });
});

test('I12: a contradiction after the end stands in its column', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  const end = ended(confirming(begun));
  const raised = after(end, { type: 'cancelled', at: begun.beganAt + 50, branchId: 'stock' });
  await save(begun, raised);
  expect(await columns(begun.xid)).toMatchObject({ contradicted: true });
  expect((await loadOne(store, begun.xid)).transaction).toEqual(raised);
});

test('a branch that is forced comes back as it was, stands in its column, and stays after the end', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  const at = begun.beganAt + 50;
  const order = { branchId: 'stock', evidence: 'Ticket "17"', participantGone: false, ...by };
  const forcing = after(confirming(begun), { type: 'forceRequested', at, ...order });
  await save(begun, forcing);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(forcing);
  expect(await columns(begun.xid)).toMatchObject({ forced: false });
  const acknowledgement = { branchId: 'stock', fence: 'cancelled', settled: false } as const;
  const forced = after(forcing, { type: 'forced', at, ...acknowledgement });
  await save(forcing, forced, 2);
  expect(await columns(begun.xid)).toMatchObject({ forced: true, contradicted: true });
  const end = after(forced, { type: 'confirmed', at: at + 1, branchId: 'order' });
  expect(end.endedAt).not.toBeNull();
  await save(forced, end, 3);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(end);
  expect(await columns(begun.xid)).toMatchObject({ forced: true, contradicted: true });
});

test('what a force meets is found by the columns', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  const at = begun.beganAt + 50;
  const order = { branchId: 'stock', evidence: 'Ticket 17', participantGone: false, ...by };
  const error = { operation: 'force', code: 'DISK_FULL', message: 'no' } as const;
  const forcing = after(
    confirming(begun),
    { type: 'forceRequested', at, ...order },
    { type: 'failed', at: at + 1, branchId: 'stock', ...error },
    { type: 'retryRequested', at: at + 2, branchIds: ['stock'], ...by },
  );
  await save(begun, forcing);
  expect(await columns(begun.xid)).toMatchObject({ attempts_max: 2, last_error_code: 'DISK_FULL' });
});

test('I10: the database refuses what is neither ended nor paused and would never wake', async () => {
  const begun = began();
  await beginAll(store, [begun]);
  const { rejected } = await store.save([change(begun, 1, { ...begun, wakeAt: null })]);
  expect(rejected[0]?.error.message).toContain('transactions_wake_until_ended');
  const both = await store.save([change(begun, 1, { ...paused(begun), wakeAt: 1 })]);
  expect(both.rejected[0]?.error.message).toContain('transactions_wake_until_ended');
});

test('what a holder gives back or loses stays asleep while it is paused', async () => {
  const leaving = database.store();
  const [calm, held] = [began(), began()] as const;
  await beginAll(leaving, [calm, held]);
  await leaving.save([change(held, 1, paused(held))]);
  await leaving.releaseOwn();
  const xids = (await store.claim([], 1_000, 100)).claimed.map(({ transaction }) => transaction.xid);
  expect(xids).toContain(calm.xid);
  expect(xids).not.toContain(held.xid);
  expect((await loadOne(store, held.xid)).holder).toBeNull();
});

describe('I15: audit', () => {
  const record = (given: Partial<AuditRecord> = {}): AuditRecord => ({
    ...{ at: 1_764_000_000_123, actor: 'alice', action: 'pause', reason: 'why "not"', result: 'applied' },
    ...given,
  });
  const audited = (where: string, values: unknown[]) =>
    database.sql<Record<string, unknown>>(`select * from audit where ${where} order by id`, values);

  test('a record is written together with the save that it is about', async () => {
    const begun = began();
    await beginAll(store, [begun]);
    const audit = [record({ xid: begun.xid, branchId: 'stock', evidence: 'T-1' })];
    const { saved } = await store.save([{ ...change(begun, 1, paused(begun)), audit }]);
    expect(saved.size).toBe(1);
    const [row] = await audited('xid = $1', [begun.xid]);
    expect(row).toMatchObject({
      ...{ actor: 'alice', action: 'pause', reason: 'why "not"', result: 'applied' },
      ...{ branch_id: 'stock', evidence: 'T-1', participant: null, batch_id: null },
    });
    expect((row?.at as Date).getTime()).toBe(1_764_000_000_123);
  });

  test('a save that is lost to a newer state leaves no record, and neither does one that fails', async () => {
    const begun = began();
    await beginAll(store, [begun]);
    const audit = [record({ xid: begun.xid })];
    const lost = await store.save([{ ...change(begun, 7, paused(begun)), audit }]);
    expect(lost.saved.size).toBe(0);
    const failed = await store.save([{ ...change(begun, 1, { ...begun, wakeAt: null }), audit }]);
    expect(failed.rejected).toHaveLength(1);
    expect(await audited('xid = $1', [begun.xid])).toEqual([]);
  });

  test('what came to nothing is recorded by itself', async () => {
    await store.audit([record({ action: 'retry', result: 'TRANSACTION_ENDED', participant: 'bank' })]);
    expect(await audited('participant = $1', ['bank'])).toMatchObject([{ result: 'TRANSACTION_ENDED' }]);
  });

  test.each(['update audit set reason = $$none$$', 'delete from audit', 'truncate audit'])(
    'the database refuses to %s',
    async (statement) => {
      await store.audit([record()]);
      await expect(database.sql(statement)).rejects.toThrow('only ever added to');
    },
  );
});
