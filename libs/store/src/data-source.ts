import { DataSource } from 'typeorm';
import { IdempotencyKeyEntity, InstanceEntity, ResourceEntity, TransactionEntity } from './entities.js';
import { Transactions1700000000000 } from './migrations/1700000000000-transactions.js';

/** Connections of one coordinator: a save, a begin, a claim and reads run side by side, and few more help. */
const CONNECTIONS_MAX = 10;

/** The coordinator's database. Not connected yet: call `initialize()`. */
export function coordinatorDataSource(url: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url,
    entities: [TransactionEntity, IdempotencyKeyEntity, InstanceEntity, ResourceEntity],
    migrations: [Transactions1700000000000],
    migrationsTableName: 'holdfast_migrations',
    poolSize: CONNECTIONS_MAX,
    connectTimeoutMS: 5_000,
    applicationName: 'holdfast-coordinator',
  });
}
