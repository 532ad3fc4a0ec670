import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { InstanceStore } from './instance-store.js';
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
import { UnresolvedReader } from './unresolved-reader.js';

const LEASE_MS = 60_000;
const OLDER = '01a20000-0000-7000-8000-000000000001';
const YOUNGER = '01a20000-0000-7000-8000-000000000002';

let under: StoreUnderTest;
const reader = (instance: string) => new UnresolvedReader(under.dataSource, instance);
const live = (instance: string) => new InstanceStore(under.dataSource, instance).heartbeat();

beforeAll(async () => {
  under = await StoreUnderTest.open();
});
afterAll(() => under.close());

test('the oldest living instance counts what is unresolved, by phase, and the others nothing', async () => {
  await live(YOUNGER);
  expect(await reader(OLDER).read(LEASE_MS)).toBeUndefined();
  expect(await reader(YOUNGER).read(LEASE_MS)).toEqual([]);

  await live(OLDER);
  const store = under.store(OLDER);
  const at = Date.now() - 100_000;
  const trying = [began({ at }), began({ at: at + 50_000 })];
  const confirmed = began({ at });
  const decided = confirming(confirmed);
  await beginAll(store, [...trying, confirmed, began()]);
  await store.save([change(confirmed, 1, decided)]);
  const found = await reader(OLDER).read(LEASE_MS);
  expect(found).toHaveLength(2);
  expect(found).toContainEqual(expect.objectContaining({ phase: 'trying', count: 3 }));
  expect(found).toContainEqual(expect.objectContaining({ phase: 'confirming', count: 1 }));
  for (const { oldestSeconds } of found ?? []) expect(Math.abs(oldestSeconds - 100)).toBeLessThan(20);
  const due = found?.find(({ phase }) => phase === 'trying')?.overdueSeconds;
  expect(due).toBeGreaterThan(50);
  expect(await reader(YOUNGER).read(LEASE_MS)).toBeUndefined();

  await store.save([change(decided, 2, ended(decided))]);
  expect(await reader(OLDER).read(LEASE_MS)).toHaveLength(1);
});

test('what hangs is counted by its code, for whom, and what else makes a difference', async () => {
  await live(OLDER);
  const marked: readonly [participants: readonly string[] | null, contradicted: boolean][] = [
    [['bank', 'stock'], false],
    [['bank', 'stock'], false],
    [['bank'], false],
    [null, true],
  ];
  for (const [participants, contradicted] of marked) {
    const one = began();
    await beginAll(under.store(OLDER), [one]);
    await under.sql(
      `update transactions set hung_code = 'NO_REPLY', hung_since = now(), hung_participants = $2, contradicted = $3
       where xid = $1`,
      [one.xid, participants && JSON.stringify(participants), contradicted],
    );
  }
  const found = ((await reader(OLDER).read(LEASE_MS)) ?? []).filter(({ hung }) => hung !== null);
  const common = { phase: 'trying', paused: false, disputed: false };
  expect(found).toHaveLength(3);
  expect(found).toContainEqual(
    expect.objectContaining({
      ...common,
      hung: { code: 'NO_REPLY', participants: ['bank', 'stock'] },
      count: 2,
    }),
  );
  expect(found).toContainEqual(
    expect.objectContaining({ ...common, hung: { code: 'NO_REPLY', participants: ['bank'] }, count: 1 }),
  );
  expect(found).toContainEqual(
    expect.objectContaining({ disputed: true, hung: { code: 'NO_REPLY', participants: [] }, count: 1 }),
  );
});

test('I12: a contradiction is counted after the end as well, until somebody has settled it', async () => {
  await live(OLDER);
  const store = under.store(OLDER);
  const begun = began();
  await beginAll(store, [begun]);
  const end = ended(confirming(begun));
  const raised = after(end, { type: 'cancelled', at: begun.beganAt + 50, branchId: 'stock' });
  await store.save([change(begun, 1, raised)]);
  const disputed = async () =>
    ((await reader(OLDER).read(LEASE_MS)) ?? []).filter(({ phase }) => phase === 'confirmed');
  expect(await disputed()).toMatchObject([{ disputed: true, count: 1, oldestSeconds: 0 }]);
  const order = { at: begun.beganAt + 60, actor: 'alice', reason: 'Counted.', evidence: 'Ticket 4712' };
  const settled = after(raised, { type: 'acknowledgeRequested', branchId: 'stock', ...order });
  await store.save([change(raised, 2, settled)]);
  expect(await disputed()).toEqual([]);
  expect((await loadOne(store, begun.xid)).transaction).toEqual(settled);
});

test('one that is silent for longer than its lease hands over to the next', async () => {
  await live(OLDER);
  await live(YOUNGER);
  await under.sql(`update instances set heartbeat_at = now() - interval '2 min' where instance = $1`, [
    OLDER,
  ]);
  expect(await reader(OLDER).read(LEASE_MS)).toBeUndefined();
  expect(await reader(YOUNGER).read(LEASE_MS)).toBeDefined();
});

test('it costs what is unresolved, however much has ended', async () => {
  await live(OLDER);
  await under.sql(
    `insert into transactions (xid, version, format, name, declared, phase, began_at, deadline_at, decided_at, ended_at,
       branches, progress)
     select gen_random_uuid(), 1, 1, 'old', true, 'confirmed', now(), now(), now(), now(), '[]', '[]'
     from generate_series(1, 20000)`,
  );
  await under.sql('analyze transactions');
  const { READ_UNRESOLVED } = await import('./sql/unresolved.js');
  const rows = await under.sql<{ 'QUERY PLAN': [{ Plan: Record<string, number> }] }>(
    `explain (analyze, buffers, format json) ${READ_UNRESOLVED.replace('$1', `'${OLDER}'`).replaceAll('$2', '60000')}`,
  );
  const plan = rows[0]?.['QUERY PLAN'][0].Plan as Record<string, number>;
  const pages = (plan['Shared Hit Blocks'] as number) + (plan['Shared Read Blocks'] as number);
  expect(pages).toBeLessThan(50);
});
