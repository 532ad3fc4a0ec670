import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  StoreUnderTest,
  beginAll,
  began,
  change,
  confirming,
  ended,
  openDataSource,
} from './store-under-test.suite.js';
import { TransactionStore } from './transaction-store.js';

/** In New York this half hour comes twice: the clocks are put back at six o'clock UTC. */
const TWICE = Date.UTC(2026, 10, 1, 5, 45);
const HOUR_MS = 3_600_000;
const LEASE_MS = 1_500;

/**
 * Tells what a coordinator sees: all rows, what is due, and who has ended in the half hour. Built, because a process
 * has its time zone from its start.
 */
const LOOK = `
  import { DataSource } from 'typeorm';
  import { TransactionList, TransactionStore, transactionEntities } from './dist/index.js';
  const [url, xids, endedAfter, endedBefore] = JSON.parse(process.argv[1]);
  const dataSource = await new DataSource({ type: 'postgres', url, entities: transactionEntities }).initialize();
  const store = new TransactionStore(dataSource, '00000000-0000-4000-8000-000000000000');
  const rows = (await Promise.all(xids.map((xid) => store.load([xid])))).flat();
  const window = (await new TransactionList(dataSource).page({ endedAfter, endedBefore }, 10)).rows;
  const { claimed } = await store.claim([], ${LEASE_MS}, 10);
  console.log(JSON.stringify({
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    rows: rows.map(({ transaction }) => transaction),
    ended: window.map(({ xid, endedAt }) => ({ xid, endedAt })),
    due: claimed.map(({ transaction }) => transaction.xid),
  }));
  await dataSource.destroy();`;

let database: StoreUnderTest;
beforeAll(async () => {
  database = await StoreUnderTest.open();
});
afterAll(() => database.close());

async function look(zone: string, given: readonly unknown[]): Promise<unknown> {
  const args = ['--input-type=module', '-e', LOOK, JSON.stringify([database.url, ...given])];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  const env = { ...process.env, TZ: zone };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env });
  return JSON.parse(stdout);
}

test.each([
  { server: 'America/New_York', ofDatabase: 'UTC' },
  { server: 'UTC', ofDatabase: 'America/New_York' },
  { server: 'Australia/Adelaide', ofDatabase: 'Pacific/Kiritimati' },
])(
  'peer defect 7: a server in $server and a database in $ofDatabase keep the same times',
  async ({ server, ofDatabase }) => {
    const name = new URL(database.url).pathname.slice(1);
    await database.sql('truncate transactions');
    await database.sql(`alter database ${name} set timezone to '${ofDatabase}'`);
    // Its connections know the zone of the database already.
    const dataSource = await openDataSource(database.url).initialize();
    const store = new TransactionStore(dataSource, randomUUID());
    const past = began({ at: TWICE });
    const due = began({ at: Date.now() - HOUR_MS });
    const later = began({ at: Date.now() + HOUR_MS });
    await beginAll(store, [past, due, later]);
    const decided = confirming(past);
    const last = ended(decided);
    await store.save([change(past, 1, decided)]);
    await store.save([change(decided, 2, last)]);
    await dataSource.destroy();

    const xids = [past, due, later].map(({ xid }) => xid);
    expect(await look(server, [xids, TWICE, TWICE + HOUR_MS / 2])).toEqual({
      zone: server,
      rows: [last, due, later],
      ended: [{ xid: past.xid, endedAt: last.endedAt }],
      due: [due.xid],
    });
  },
);
