import { IdempotencyKeyEntity, InstanceEntity, ResourceEntity, TransactionEntity } from './entities.js';
import { Transactions1700000000000 } from './migrations/1700000000000-transactions.js';

/** The tables of a coordinator's database, for the DataSource that it is opened with. */
export const transactionEntities = [TransactionEntity, IdempotencyKeyEntity, InstanceEntity, ResourceEntity];

/** All that was ever changed about these tables, in order. */
export const transactionMigrations = [Transactions1700000000000];
