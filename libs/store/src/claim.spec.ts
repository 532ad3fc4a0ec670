import { afterAll, beforeEach, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { InstanceStore } from './instance-store.js';
import { StoreUnderTest, beginAll, began, change, confirming, loadOne } from './store-under-test.suite.js';
import type { TransactionStore } from './transaction-store.js';

const LEASE_MS = 1_500;
const LIMIT = 100;

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.sql('truncate transactions, instances');
});

/** A coordinator that has said that it lives. */
async function coordinator() {
  const instance = randomUUID();
  const heartbeats = new InstanceStore(database.dataSource, instance);
  await heartbeats.heartbeat();
  return { instance, heartbeats, store: database.store(instance) };
}

async function dies(instance: string): Promise<void> {
  await database.sql(`update instances set heartbeat_at = now() - interval '1 min' where instance = $1`, [
    instance,
  ]);
}

/** Begins transactions that are due now, or in `dueInMs`. */
async function begun(store: TransactionStore, count: number, dueInMs = -1_000): Promise<string[]> {
  const transactions = Array.from({ length: count }, () => began());
  await beginAll(store, transactions);
  const xids = transactions.map(({ xid }) => xid);
  await setDue(xids, dueInMs);
  return xids;
}

async function setDue(xids: readonly string[], dueInMs: number): Promise<void> {
  await database.sql(
    `update transactions set wake_at = now() + $2::float8 * interval '1 ms' where xid = any ($1)`,
    [xids, dueInMs],
  );
}

async function claim(store: TransactionStore, inMemory: readonly string[] = [], limit = LIMIT) {
  const { claimed } = await store.claim(inMemory, LEASE_MS, limit);
  return claimed.map(({ transaction }) => transaction.xid).sort();
}

describe('what may be claimed', () => {
  test('what is due and has no holder, at a version that its last holder has not seen', async () => {
    const { store, instance } = await coordinator();
    const [xid = ''] = await begun(store, 1);
    await database.sql('update transactions set holder = null');
    const [row] = (await store.claim([], LEASE_MS, LIMIT)).claimed;
    expect(row).toMatchObject({ transaction: { xid }, version: 2, holder: instance });
    expect(row).toEqual(await loadOne(store, xid));
  });

  test('I13: whoever held it before cannot save it any more', async () => {
    const [lost, winner] = [await coordinator(), await coordinator()];
    const [xid = ''] = await begun(lost.store, 1);
    const { transaction, version } = await loadOne(lost.store, xid);
    await dies(lost.instance);
    expect(await claim(winner.store)).toEqual([xid]);
    const { saved } = await lost.store.save([change(transaction, version, confirming(transaction))]);
    expect(saved).toEqual(new Set());
  });

  test('not what is not due yet', async () => {
    const { store } = await coordinator();
    await begun(store, 1, 60_000);
    expect(await claim(store)).toEqual([]);
  });

  test('not what has ended', async () => {
    const { store } = await coordinator();
    await begun(store, 1);
    await database.sql(
      `update transactions set phase = 'cancelled', wake_at = null, decided_at = now(), ended_at = now()`,
    );
    expect(await claim(store)).toEqual([]);
  });

  test('peer defect 13: not what another holds that lives', async () => {
    const [holder, other] = [await coordinator(), await coordinator()];
    await begun(holder.store, 1);
    expect(await claim(other.store)).toEqual([]);
  });

  test('what another held that died, once its lease is over', async () => {
    const [holder, other] = [await coordinator(), await coordinator()];
    const xids = await begun(holder.store, 2);
    await dies(holder.instance);
    expect(await claim(other.store)).toEqual([...xids].sort());
    expect(await claim(other.store, xids)).toEqual([]);
  });

  test('what another held of which nothing is known', async () => {
    const [holder, other] = [await coordinator(), await coordinator()];
    const xids = await begun(holder.store, 1);
    await holder.heartbeats.remove();
    expect(await claim(other.store)).toEqual(xids);
  });

  test('its own, if it is not in memory', async () => {
    const { store } = await coordinator();
    const [kept = '', missing = ''] = await begun(store, 2);
    expect(await claim(store, [kept])).toEqual([missing]);
  });
});

describe('several claimers', () => {
  test('claims that run at the same time get different transactions', async () => {
    const xids = await begun(database.store(), 500);
    const claimers = await Promise.all(Array.from({ length: 4 }, coordinator));
    const claims = await Promise.all(claimers.map(({ store }) => claim(store, [], 200)));
    const all = claims.flat();
    expect(new Set(all).size).toBe(all.length);
    const rest = await claim(claimers[0]!.store, claims[0] ?? [], 500);
    expect([...all, ...rest].sort()).toEqual([...xids].sort());
  });

  test('what somebody is at work on is passed over, and nobody waits', async () => {
    const { store } = await coordinator();
    const [busy = '', free = ''] = await begun(database.store(), 2);
    const rival = await database.rival();
    await rival.query('begin');
    await rival.query('select from transactions where xid = $1 for update', [busy]);
    expect(await claim(store)).toEqual([free]);
    await rival.query('rollback');
  });

  test('the longest due come first, and never more than the limit', async () => {
    const { store } = await coordinator();
    const nobodys = database.store();
    const young = await begun(nobodys, 5, -1_000);
    const old = await begun(nobodys, 5, -60_000);
    expect(await claim(store, [], 5)).toEqual([...old].sort());
    expect(await claim(store, old, 5)).toEqual([...young].sort());
  });

  test('10,000 of its own in memory do not make a claim slow', async () => {
    const { store } = await coordinator();
    const own: string[] = [];
    for (let i = 0; i < 10; i++) own.push(...(await begun(store, 1_000)));
    const others = await begun(database.store(), 1);
    const startedAt = performance.now();
    expect(await claim(store, own)).toEqual(others);
    // Compared one by one, 100 million pairs would take seconds.
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe('giving back', () => {
  test('peer defect 30: what a dead one held is for all to claim, due or not, a batch at a time', async () => {
    const [dead, other] = [await coordinator(), await coordinator()];
    const xids = await begun(dead.store, 5, 60_000);
    const held = await begun(other.store, 1, 60_000);
    await dies(dead.instance);
    expect(await claim(other.store, [], 3)).toHaveLength(3);
    expect(await claim(other.store, [], 3)).toHaveLength(2);
    const rows = await other.store.load([...xids, ...held]);
    expect(rows.every((row) => other.store.isHolder(row))).toBe(true);
  });

  test('what its own instance held that stops, all of it, at once', async () => {
    const [stopping, other] = [await coordinator(), await coordinator()];
    const xids = [...(await begun(stopping.store, 1_000, 60_000)), ...(await begun(stopping.store, 500))];
    const others = await begun(other.store, 1, 60_000);
    await stopping.store.releaseOwn();
    expect(await claim(other.store, others, 2_000)).toEqual([...xids].sort());
  });

  test('neither waits for what somebody saves at the same moment', async () => {
    const { store, instance, heartbeats } = await coordinator();
    const [busy = '', free = ''] = await begun(store, 2, 60_000);
    const rival = await database.rival();
    await rival.query('begin');
    await rival.query('select from transactions where xid = $1 for update', [busy]);
    await store.releaseOwn();
    expect(await loadOne(store, free)).toMatchObject({ holder: null, version: 2 });
    await dies(instance);
    expect(await claim((await coordinator()).store)).toEqual([free]);
    expect(await loadOne(store, busy)).toMatchObject({ holder: instance, version: 1 });
    await rival.query('rollback');
    await heartbeats.remove();
  });
});

describe('instances', () => {
  test('a claim is a heartbeat, and tells the clock', async () => {
    const [claiming, other] = [await coordinator(), await coordinator()];
    await begun(claiming.store, 1);
    await dies(claiming.instance);
    const { now } = await claiming.store.claim([], LEASE_MS, 0);
    expect(Math.abs(now - Date.now())).toBeLessThan(5_000);
    expect(await claim(other.store)).toEqual([]);
  });

  test("a heartbeat tells the database's clock in milliseconds", async () => {
    const { heartbeats } = await coordinator();
    const read = async () => {
      const [row] = await database.sql<{ now: Date }>('select clock_timestamp() as now');
      return row?.now.getTime() ?? 0;
    };
    const before = await read();
    const now = await heartbeats.heartbeat();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThan((await read()) + 1);
  });

  test('a heartbeat brings an instance back that was taken for dead', async () => {
    const [holder, other] = [await coordinator(), await coordinator()];
    await begun(holder.store, 1);
    await dies(holder.instance);
    await holder.heartbeats.heartbeat();
    expect(await claim(other.store)).toEqual([]);
  });

  test('the dead are forgotten once they hold nothing', async () => {
    const [dead, holding, alive] = [await coordinator(), await coordinator(), await coordinator()];
    const xids = await begun(holding.store, 1, 60_000);
    await dies(dead.instance);
    await dies(holding.instance);
    const known = async () => {
      const rows = await database.sql<{ instance: string }>('select instance from instances');
      return new Set(rows.map(({ instance }) => instance));
    };
    await alive.heartbeats.forgetDead(LEASE_MS);
    expect(await known()).toEqual(new Set([holding.instance, alive.instance]));
    expect(await claim(alive.store)).toEqual(xids);
    await alive.heartbeats.forgetDead(LEASE_MS);
    expect(await known()).toEqual(new Set([alive.instance]));
  });

  test('a claim goes by the lease, to the moment', async () => {
    const [holder, other] = [await coordinator(), await coordinator()];
    const xids = await begun(holder.store, 1);
    const claimAt = async (leaseMs: number) => (await other.store.claim([], leaseMs, LIMIT)).claimed.length;
    await database.sql(`update instances set heartbeat_at = now() - interval '10 s' where instance = $1`, [
      holder.instance,
    ]);
    expect(await claimAt(3_600_000)).toBe(0);
    expect(await claimAt(10_000)).toBe(xids.length);
  });
});
