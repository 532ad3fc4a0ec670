import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { newXid, until } from '@holdfast/testing';
import { StoreUnderTest, began, loadOne } from './store-under-test.suite.js';
import type { BeginItem, BeginOutcome, IdempotencyKey, TransactionStore } from './transaction-store.js';

let database: StoreUnderTest;
let store: TransactionStore;
beforeAll(async () => {
  database = await StoreUnderTest.open();
  store = database.store();
});
afterAll(() => database.close());

let keys = 0;
const newKey = (): IdempotencyKey => ({ scope: 'shop', key: `k${(keys += 1)}`, bodyHash: 'one' });
const item = (key: IdempotencyKey | null = null): BeginItem => ({ transaction: began(), key });

async function beginOne(given: BeginItem, by = store): Promise<BeginOutcome | Error | undefined> {
  return (await by.begin([given])).get(given);
}

async function exists({ transaction }: BeginItem): Promise<boolean> {
  return (await store.load([transaction.xid])).length === 1;
}

describe('keys', () => {
  test('a begin without a key is new each time', async () => {
    const items = [item(), item()];
    const outcomes = await store.begin(items);
    expect(items.map((each) => outcomes.get(each))).toEqual([{ type: 'begun' }, { type: 'begun' }]);
  });

  test('a repeated key is answered with its first transaction', async () => {
    const first = item(newKey());
    const second = item(first.key);
    expect(await beginOne(first)).toEqual({ type: 'begun' });
    expect(await beginOne(second)).toEqual({ type: 'repeated', xid: first.transaction.xid });
    expect(await exists(second)).toBe(false);
  });

  test('the same begin once more is answered as a repeat', async () => {
    const first = item(newKey());
    await beginOne(first);
    expect(await beginOne(first)).toEqual({ type: 'repeated', xid: first.transaction.xid });
  });

  test('a key with another body is refused', async () => {
    const first = item(newKey());
    const other = item({ ...(first.key as IdempotencyKey), bodyHash: 'another' });
    await beginOne(first);
    expect(await beginOne(other)).toEqual({ type: 'keyReused', xid: first.transaction.xid });
    expect(await exists(other)).toBe(false);
  });

  test('a key belongs to its scope', async () => {
    const first = item(newKey());
    const other = item({ ...(first.key as IdempotencyKey), scope: 'another shop' });
    await beginOne(first);
    expect(await beginOne(other)).toEqual({ type: 'begun' });
  });

  test('repeats, reused keys and new ones share a batch, which is two statements', async () => {
    const first = item(newKey());
    await beginOne(first);
    const { key } = first;
    const reused = item({ ...newKey() });
    await beginOne(reused);
    const batch = [item(key), item(newKey()), item(), item({ ...reused.key!, bodyHash: 'another' })];
    let outcomes = new Map<BeginItem, BeginOutcome | Error>();
    const statements = await database.countStatements(async () => {
      outcomes = await store.begin(batch);
    });
    expect(batch.map((each) => outcomes.get(each))).toEqual([
      { type: 'repeated', xid: first.transaction.xid },
      { type: 'begun' },
      { type: 'begun' },
      { type: 'keyReused', xid: reused.transaction.xid },
    ]);
    expect(statements).toBe(2);
  });
});

describe('rivals', () => {
  test('of two coordinators that begin the same keys at once each key goes to one', async () => {
    const rivals = [database.store(), database.store()];
    for (let round = 0; round < 20; round++) {
      const shared = Array.from({ length: 50 }, newKey);
      // In opposite orders: keys are taken in an order of their own, so nobody waits for whoever waits for him.
      const batches = [shared.map((key) => item(key)), [...shared].reverse().map((key) => item(key))];
      const outcomes: Map<BeginItem, BeginOutcome | Error>[] = [];
      const statements = await database.countStatements(async () => {
        outcomes.push(...(await Promise.all(rivals.map((rival, i) => rival.begin(batches[i] ?? [])))));
      });
      // A begin and a look for whose keys they are, each. A deadlock would have been tried again.
      expect(statements).toBeLessThanOrEqual(4);
      for (const key of shared) {
        const items = batches.map((batch) => batch.find((each) => each.key === key) as BeginItem);
        const answers = items.map((each, i) => outcomes[i]?.get(each) as BeginOutcome);
        const winner = answers.findIndex(({ type }) => type === 'begun');
        expect(answers[1 - winner]).toEqual({ type: 'repeated', xid: items[winner]?.transaction.xid });
      }
    }
  });

  test.each(['commit', 'rollback'] as const)(
    'a begin waits for a rival that has its key: %s',
    async (end) => {
      const given = item(newKey());
      const rivalsXid = newXid();
      const rival = await database.rival();
      await rival.query('begin');
      await rival.query('insert into idempotency_keys values ($1, $2, $3, $4)', [
        ...[given.key?.scope, given.key?.key, rivalsXid, given.key?.bodyHash],
      ]);
      const outcome = beginOne(given);
      await until(async () => (await database.waitersForLocks()) === 1, { what: 'the begin to wait' });
      await rival.query(end);
      expect(await outcome).toEqual(
        end === 'commit' ? { type: 'repeated', xid: rivalsXid } : { type: 'begun' },
      );
    },
  );
});

describe('batches', () => {
  test('1,000 begins are one statement', async () => {
    const batch = Array.from({ length: 1_000 }, () => item(newKey()));
    const statements = await database.countStatements(() => store.begin(batch));
    expect(statements).toBe(1);
    expect(await store.load(batch.map(({ transaction }) => transaction.xid))).toHaveLength(1_000);
  });

  test('nothing to begin is no statement', async () => {
    expect(await database.countStatements(() => store.begin([]))).toBe(0);
  });

  test('a begin that the database does not take is rejected alone', async () => {
    const batch = Array.from({ length: 1_000 }, () => item(newKey()));
    const bad = batch[617] as BeginItem;
    const [branch] = bad.transaction.branches;
    Object.assign(branch as object, { input: { note: 'a NUL \u0000 in it' } });
    let outcomes = new Map<BeginItem, BeginOutcome | Error>();
    const statements = await database.countStatements(async () => {
      outcomes = await store.begin(batch);
    });
    expect(outcomes.get(bad)).toMatchObject({ code: '22P05' });
    expect(batch.filter((each) => each !== bad).every((each) => outcomes.get(each))).toBe(true);
    expect([...outcomes.values()].filter((outcome) => !(outcome instanceof Error))).toEqual(
      Array.from({ length: 999 }, () => ({ type: 'begun' })),
    );
    expect(statements).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(1_000)));
    // It left no key behind, so it can be begun once it is mended.
    Object.assign(branch as object, { input: {} });
    expect(await beginOne(bad)).toEqual({ type: 'begun' });
  });

  test('an xid that stands already is rejected alone', async () => {
    const first = item();
    await beginOne(first);
    const batch = [item(), { ...item(), transaction: first.transaction }, item()];
    const outcomes = await store.begin(batch);
    expect(batch.map((each) => outcomes.get(each))).toEqual([
      { type: 'begun' },
      expect.objectContaining({ code: '23505' }),
      { type: 'begun' },
    ]);
  });
});

test('what was begun stands at version 1 with its coordinator as the holder', async () => {
  const given = item();
  await beginOne(given);
  const row = await loadOne(store, given.transaction.xid);
  expect(row).toMatchObject({ transaction: given.transaction, version: 1 });
  expect(store.isHolder(row)).toBe(true);
  expect(database.store().isHolder(row)).toBe(false);
});
