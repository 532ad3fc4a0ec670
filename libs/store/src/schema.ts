import { BatchEntity, BatchItemEntity } from './batch-entities.js';
import {
  ApiKeyEntity,
  AuditEntity,
  IdempotencyKeyEntity,
  InstanceEntity,
  ParticipantEntity,
  ResourceEntity,
  TransactionEntity,
} from './entities.js';
import { Transactions1700000000000 } from './migrations/1700000000000-transactions.js';
import { Recovery1764100000000 } from './migrations/1764100000000-recovery.js';
import { Participants1764100100000 } from './migrations/1764100100000-participants.js';
import { ApiKeys1764100200000 } from './migrations/1764100200000-api-keys.js';
import { Batches1764100300000 } from './migrations/1764100300000-batches.js';
import { TraceParent1764100400000 } from './migrations/1764100400000-trace-parent.js';
import { History1764100700000 } from './migrations/1764100700000-history.js';
import { CoolingOff1764100800000 } from './migrations/1764100800000-cooling-off.js';
import { HungFor1764100900000 } from './migrations/1764100900000-hung-for.js';
import { Acknowledged1764101000000 } from './migrations/1764101000000-acknowledged.js';

/** The tables of a coordinator's database, for the DataSource that it is opened with. */
export const transactionEntities = [
  TransactionEntity,
  IdempotencyKeyEntity,
  InstanceEntity,
  ParticipantEntity,
  ResourceEntity,
  AuditEntity,
  ApiKeyEntity,
  BatchEntity,
  BatchItemEntity,
];

/** All that was ever changed about these tables, in order. */
export const transactionMigrations = [
  Transactions1700000000000,
  Recovery1764100000000,
  Participants1764100100000,
  ApiKeys1764100200000,
  Batches1764100300000,
  TraceParent1764100400000,
  History1764100700000,
  CoolingOff1764100800000,
  HungFor1764100900000,
  Acknowledged1764101000000,
];

/**
 * PostgreSQL's settings for each connection of that DataSource. Statements with a name are parsed and planned once:
 * most of the cost of a small one. A plan that is kept from when a table was small would read all of it, until
 * PostgreSQL takes its next statistics a minute later (1,100 µs of the server's CPU a row, measured once 8,000 stood,
 * against 60). So they are written such that rows can only be looked up by their keys, one by one: with `lateral` and
 * arrays where a join would leave the planner a choice. What is left to forbid is to read a table instead of its index.
 *
 * No bitmaps: every save leaves a dead entry in the index of due work, and only a plain scan marks those that it meets,
 * so that the next one passes over them. Measured at 800 transactions a second: a claim that found nothing read 4,846
 * pages, and more each time, until a vacuum came by.
 */
export const transactionSessionSettings = { enable_seqscan: 'off', enable_bitmapscan: 'off' };
