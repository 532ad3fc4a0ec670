import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MemoryBroker, MemoryBus } from '@holdfast/bus';
import { openDatabase } from '@holdfast/service';
import type { RunningService } from '@holdfast/service';
import {
  HistoryStore,
  TransactionStore,
  transactionMigrations,
  transactionSessionSettings,
} from '@holdfast/store';
import { createDatabase, startPostgres, until } from '@holdfast/testing';
import type { Postgres } from '@holdfast/testing';
import { bootstrap } from './main.js';

/**
 * What history costs: `npm run check:scale`, not part of `npm test` since it makes a million rows first. It measures,
 * so it wants a machine that has nothing else to do.
 */
const FINISHED = 1_000_000;
const UNRESOLVED = 100;
const DUE = 10;
const IDLE_SECONDS = 20;

type Rows = Awaited<ReturnType<typeof openDatabase>>;

let folder: string;
let server: Postgres;
let rows: Rows;
let coordinator: RunningService;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-scale-'));
  server = await startPostgres({
    dataDir: join(folder, 'data'),
    logFile: join(folder, 'postgres.log'),
    settings: {
      shared_preload_libraries: 'pg_stat_statements',
      shared_buffers: '512MB',
      max_wal_size: '4GB',
    },
  });
  await createDatabase(server.adminUrl, 'scale');
  rows = await openDatabase({
    service: 'scale',
    url: server.databaseUrl('scale'),
    poolSize: 2,
    migrations: transactionMigrations,
    sessionSettings: transactionSessionSettings,
  });
  await rows.query('create extension pg_stat_statements');
  await fill();
}, 600_000);

afterAll(async () => {
  await coordinator?.close();
  await rows?.destroy();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

/** Ids as coordinators make them, with the time of birth in front. */
const XID = `(left(hex, 8) || '-' || right(hex, 4) || '-7' || substr(gen_random_uuid()::text, 16))::uuid`;
const BIRTH = `lateral (select lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') as hex) birth`;

async function fill(): Promise<void> {
  const branch = (n: number) => ({
    ...{ branchId: `${n}`, participant: `p${n}`, resource: `p${n}.reserve`, tryBy: 'coordinator' },
    input: { sku: '85123A', quantity: 6, customerId: 17_850, note: 'as many bytes as an order has' },
  });
  const branches = JSON.stringify([1, 2, 3, 4].map(branch));
  const progress = JSON.stringify(
    [1, 2, 3, 4].map((n) => ({
      try: { state: 'tried', answer: { reservation: n }, attempts: 1, firstAt: 1 },
      settle: { state: 'done', attempts: 1, firstAt: 1 },
    })),
  );
  await rows.query(
    `insert into transactions (
       xid, version, format, name, reference, declared, phase, began_at, deadline_at, wake_at, decided_at, ended_at,
       branches, progress
     )
     select ${XID}, 3, 2,
       'checkout-' || n % 5, 'order-' || n, true, case when n % 20 = 0 then 'cancelled' else 'confirmed' end,
       at, at + interval '30 s', null, at, at, $2, $3
     from generate_series(1, $1::integer) n,
       lateral (select now() - n * interval '1.7 s' as at) time,
       ${BIRTH}`,
    [FINISHED, branches, progress],
  );
  const own = JSON.stringify([{ ...branch(1), tryBy: 'participant' }]);
  await rows.query(
    `insert into transactions (
       xid, version, format, name, reference, declared, phase, began_at, deadline_at, wake_at, branches, progress
     )
     select ${XID}, 3, 2, 'checkout-' || n % 5, 'open-' || n, false, 'trying', at, now() + interval '1 h',
       now() + case when n <= $2 then '-1 s' else '1 h' end::interval, $3,
       '[{"try":{"state":"pending"},"settle":{"state":"none"}}]'
     from generate_series(1, $1::integer) n,
       lateral (select now() - n * interval '1 min' as at) time,
       ${BIRTH}`,
    [UNRESOLVED, DUE, own],
  );
  await rows.query('vacuum (analyze) transactions');
}

async function statements(condition: string): Promise<{ calls: number; buffers: number }> {
  const [row] = await rows.query<[{ calls: number; buffers: number }]>(
    `select coalesce(sum(calls), 0)::int as calls,
       coalesce(sum(shared_blks_hit + shared_blks_read), 0)::int as buffers
     from pg_stat_statements
     where toplevel and dbid = (select oid from pg_database where datname = current_database())
       and query not like '%pg_stat_statements%' and ${condition}`,
  );
  return row;
}

test('a claim reads under 300 buffers', async () => {
  await rows.query('select pg_stat_statements_reset()');
  const { claimed } = await new TransactionStore(rows, randomUUID()).claim([], 1_200, 500);
  const { buffers } = await statements(`query like '%left_behind%'`);
  console.log(`A claim of ${claimed.length} due among ${UNRESOLVED} unresolved reads ${buffers} buffers.`);
  expect(claimed).toHaveLength(DUE);
  expect(buffers).toBeLessThan(300);
});

test('an idle coordinator runs under 5 statements a second', async () => {
  const held = `select from transactions where ended_at is null and wake_at <= now()`;
  const env = { DATABASE_URL: server.databaseUrl('scale'), PORT: '0', LOG_LEVEL: 'error' };
  coordinator = await bootstrap(env, new MemoryBus(new MemoryBroker()));
  await until(async () => (await rows.query<unknown[]>(held)).length === 0, {
    what: 'the end of what was due',
  });
  await rows.query('select pg_stat_statements_reset()');
  await delay(IDLE_SECONDS * 1_000);
  const perSecond = (await statements('true')).calls / IDLE_SECONDS;
  console.log(`An idle coordinator runs ${perSecond.toFixed(1)} statements a second.`);
  expect(perSecond).toBeLessThan(5);
});

const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const window = `endedAfter=${dayAgo(3)}&endedBefore=${dayAgo(2)}`;

test.each([
  '',
  'phase=trying',
  'name=checkout-1',
  'name=unheard-of',
  'reference=order-500000',
  'reference=unheard-of',
  'olderThan=30m',
  'hung=true',
  'minAttempts=3',
  'error=DISK_FULL',
  'participant=order',
  'participant=unheard-of',
  'resource=unheard-of',
  window,
  `${window}&phase=cancelled`,
  `${window}&name=checkout-3`,
  `${window}&name=unheard-of`,
  `${window}&participant=unheard-of`,
])('a list answers within 100 ms: %s', async (filter) => {
  const url = `${coordinator.url}/v1/transactions?limit=200&${filter}`;
  const times: number[] = [];
  let found = 0;
  for (let i = 0; i < 5; i++) {
    const startedAt = performance.now();
    const response = await fetch(url);
    const body = (await response.json()) as { items: unknown[] };
    times.push(performance.now() - startedAt);
    expect(response.status).toBe(200);
    found = body.items.length;
  }
  const tookMs = times.sort((a, b) => a - b)[2] as number;
  console.log(`${found} in ${tookMs.toFixed(0)} ms: ${filter || 'all that is unresolved'}`);
  expect(tookMs).toBeLessThan(100);
});

test('a step of forgetting 1,000 transactions is short', async () => {
  const history = new HistoryStore(rows);
  const steps = 50;
  let from;
  const startedAt = performance.now();
  for (let i = 0; i < steps; i++) {
    const { removed, next } = await history.forgetTransactions(10 * 86_400_000, 1_000, from);
    expect(removed).toBe(1_000);
    from = next;
  }
  const stepMs = (performance.now() - startedAt) / steps;
  console.log(`A step of forgetting 1,000 of ${FINISHED} transactions takes ${stepMs.toFixed(0)} ms.`);
  expect(stepMs).toBeLessThan(100);
});
