import { randomUUID } from 'node:crypto';
import { begin, transition } from '@holdfast/core';
import type { Begun, Event, Transaction } from '@holdfast/core';
import { newXid, testDatabase } from '@holdfast/testing';
import type { TestDatabase } from '@holdfast/testing';
import pg from 'pg';
import type { Pool, QueryResultRow } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import { transactionEntities, transactionMigrations, transactionSessionSettings } from './schema.js';
import type { StoredTransaction } from './transaction-row.js';
import { TransactionStore } from './transaction-store.js';
import type { SaveItem } from './transaction-store.js';

export function openDataSource(url: string, poolSize = 10): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    poolSize,
    entities: transactionEntities,
    migrations: transactionMigrations,
    extra: {
      options: Object.entries(transactionSessionSettings)
        .map(([name, value]) => `-c ${name}=${value}`)
        .join(' '),
    },
  });
}

/** A migrated database of its own, with stores of as many instances as a spec asks for. */
export class StoreUnderTest {
  private readonly clients: pg.Client[] = [];

  private constructor(
    private readonly database: TestDatabase,
    readonly dataSource: DataSource,
  ) {}

  static async open(): Promise<StoreUnderTest> {
    const database = await testDatabase({
      template: 'store',
      migrate: async (url) => {
        const dataSource = await openDataSource(url).initialize();
        await dataSource.runMigrations();
        await dataSource.destroy();
      },
    });
    return new StoreUnderTest(database, await openDataSource(database.url).initialize());
  }

  get url(): string {
    return this.database.url;
  }

  store(instance: string = randomUUID()): TransactionStore {
    return new TransactionStore(this.dataSource, instance);
  }

  async sql<R extends QueryResultRow>(text: string, values: unknown[] = []): Promise<R[]> {
    return this.dataSource.query<R[]>(text, values);
  }

  /** A connection beside those of the stores, for what a rival does in an SQL transaction of his own. */
  async rival(): Promise<pg.Client> {
    // A test that fails in between leaves its locks to nobody.
    const client = new pg.Client({
      connectionString: this.url,
      idle_in_transaction_session_timeout: 5_000,
    });
    client.on('error', () => undefined);
    await client.connect();
    this.clients.push(client);
    return client;
  }

  /** Whether this many connections wait for a lock. */
  async waitersForLocks(): Promise<number> {
    const [row] = await this.sql<{ waiters: string }>(
      `select count(*) as waiters from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return Number(row?.waiters);
  }

  /** How many statements the stores send while `work` runs. */
  async countStatements(work: () => Promise<unknown>): Promise<number> {
    const pool = (this.dataSource.driver as PostgresDriver).master as Pool;
    const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
    let count = 0;
    const counting = (...args: unknown[]) => {
      count += 1;
      return query(...args);
    };
    Object.assign(pool, { query: counting });
    await work();
    Object.assign(pool, { query });
    return count;
  }

  async close(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.end()));
    await this.dataSource.destroy();
    await this.database.drop();
  }
}

const BRANCH_IDS = ['order', 'stock'];

/** A declared transaction of two branches, right after its begin. */
export function began(given: Partial<Begun> = {}): Transaction {
  const at = given.at ?? Date.now();
  return begin({
    at,
    xid: newXid(),
    name: 'checkout',
    reference: null,
    deadlineAt: at + 30_000,
    branches: BRANCH_IDS.map((branchId) => ({
      branchId,
      participant: branchId,
      resource: `${branchId}.reserve`,
      input: { sku: '85123A', quantity: 6 },
      tryBy: 'coordinator',
    })),
    ...given,
  }).transaction;
}

export function after(transaction: Transaction, ...events: readonly Event[]): Transaction {
  return events.reduce((current, event) => transition(current, event).transaction, transaction);
}

/** Decided to confirm, since all branches said yes. */
export function confirming(transaction: Transaction): Transaction {
  const at = transaction.beganAt + 10;
  const answers = transaction.branches.map(({ branchId }): Event => ({
    type: 'tried',
    at,
    branchId,
    answer: { held: branchId },
    reported: false,
  }));
  return after(transaction, ...answers);
}

/** Decided to cancel, since a branch said no. */
export function cancelling(transaction: Transaction, message = '85123A is sold out.'): Transaction {
  const at = transaction.beganAt + 10;
  const [branch] = transaction.branches;
  const branchId = branch?.branchId ?? '';
  return after(transaction, {
    ...{ type: 'refused', at, branchId, code: 'OUT_OF_STOCK', message, reported: false },
  });
}

/** Ended as decided. */
export function ended(transaction: Transaction): Transaction {
  const at = transaction.beganAt + 20;
  const type = transaction.phase === 'confirming' ? 'confirmed' : 'cancelled';
  return after(transaction, ...transaction.branches.map(({ branchId }): Event => ({ type, at, branchId })));
}

export async function beginAll(store: TransactionStore, transactions: readonly Transaction[]): Promise<void> {
  const outcomes = await store.begin(transactions.map((transaction) => ({ transaction, key: null })));
  for (const outcome of outcomes.values()) if (outcome instanceof Error) throw outcome;
}

/** What to save for a transaction that stands at `version`. */
export function change(saved: Transaction, version: number, next: Transaction): SaveItem {
  return { saved, version, next };
}

export async function loadOne(store: TransactionStore, xid: string): Promise<StoredTransaction> {
  const [row] = await store.load([xid]);
  if (!row) throw new Error(`there is no ${xid}`);
  return row;
}
