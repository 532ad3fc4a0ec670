import type { BatchAction, BatchItemState } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import type { AuditRecord } from './audit-record.js';
import { BatchEntity, BatchItemEntity } from './batch-entities.js';
import { Database } from './database.js';
import {
  CLAIM_BATCHES,
  COUNT_ITEMS,
  CREATE_BATCH,
  END_BATCH,
  NEXT_ITEMS,
  NOTE_ITEMS,
  STOP_BATCH,
} from './sql/batches.js';

/** What whoever works on a batch has to know. */
export interface RunningBatch {
  readonly batchId: string;
  readonly action: BatchAction;
  readonly reason: string;
  readonly ratePerSecond: number;
  readonly createdBy: string;
}

/** One transaction of a batch, and how it stood when the batch was made. */
export interface BatchItem {
  readonly xid: string;
  readonly etag: string;
}

/** What came of an item. */
export interface BatchNote {
  readonly xid: string;
  readonly state: Exclude<BatchItemState, 'pending'>;
  readonly detail: string | null;
}

export type BatchCounts = Readonly<Record<BatchItemState, number>>;

/** The most batches that one coordinator works on at a time. */
const CLAIM_LIMIT = 8;

/** Operators' batches. */
export class BatchStore {
  private readonly database: Database;

  /** @param instance who works on batches here. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly instance: string,
  ) {
    this.database = new Database(dataSource);
  }

  /** Makes a batch, with the record of who did. */
  async create(
    { batchId, action, reason, ratePerSecond, createdBy }: RunningBatch,
    items: readonly BatchItem[],
    audit: AuditRecord,
  ): Promise<void> {
    await this.database.run(CREATE_BATCH, [
      ...[batchId, action, reason, ratePerSecond, createdBy],
      items.map(({ xid }) => xid),
      items.map(({ etag }) => etag),
      JSON.stringify([audit]),
    ]);
  }

  /** Those to work on here for the next `leaseMs`: nobody else does. */
  claim(leaseMs: number): Promise<RunningBatch[]> {
    return this.database.run({ name: 'claim-batches', text: CLAIM_BATCHES }, [
      this.instance,
      leaseMs,
      CLAIM_LIMIT,
    ]);
  }

  /** What is to be done next, at most `limit`. */
  nextItems(batchId: string, limit: number): Promise<BatchItem[]> {
    return this.database.run(NEXT_ITEMS, [batchId, limit]);
  }

  async note(batchId: string, notes: readonly BatchNote[]): Promise<void> {
    await this.database.run(NOTE_ITEMS, [
      batchId,
      notes.map(({ xid }) => xid),
      notes.map(({ state }) => state),
      notes.map(({ detail }) => detail),
    ]);
  }

  /** Ends it if nothing is left to do. */
  async endIfDone(batchId: string): Promise<void> {
    await this.database.run(END_BATCH, [batchId]);
  }

  /** Stops it if it runs; what is done stays done. */
  async stop(batchId: string, audit: AuditRecord): Promise<void> {
    await this.database.run(STOP_BATCH, [batchId, JSON.stringify([audit])]);
  }

  /** Null if there is none. */
  find(batchId: string): Promise<BatchEntity | null> {
    return this.dataSource.getRepository(BatchEntity).findOneBy({ batchId });
  }

  async counts(batchId: string): Promise<BatchCounts> {
    const rows = await this.database.run<{ state: BatchItemState; count: number }>(COUNT_ITEMS, [batchId]);
    const counts = Object.fromEntries(rows.map(({ state, count }) => [state, count]));
    return { pending: 0, done: 0, skipped: 0, failed: 0, ...counts };
  }

  /** One page of its items by xid. */
  items(
    batchId: string,
    state: BatchItemState | undefined,
    limit: number,
    afterXid: string | null,
  ): Promise<BatchItemEntity[]> {
    const query = this.dataSource.getRepository(BatchItemEntity).createQueryBuilder('i');
    query.where({ batchId, ...(state && { state }) });
    if (afterXid !== null) query.andWhere('i.xid > :afterXid', { afterXid });
    return query.orderBy('i.xid').limit(limit).getMany();
  }
}
