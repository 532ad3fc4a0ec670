import { randomUUID } from 'node:crypto';
import { BATCH_ITEMS_MAX, LIST_LIMIT_MAX, durationMs } from '@holdfast/protocol';
import type { BatchPreview, BatchRequest, BatchSelection, BatchView } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { BatchItem, BatchStore, TransactionList, TransactionStore } from '@holdfast/store';
import type { DatabaseClock } from '../engine/database-clock.js';
import { transactionNotFound } from '../rest/transaction-rejected.js';
import type { OperatorActions } from '../signals/operator-actions.js';
import { etagOf } from './etag.js';

/** Transactions that are read at a time for their ETags. */
const READ_AT_ONCE = 200;
/** Transactions that a dry run names. */
const PREVIEW_MAX = LIST_LIMIT_MAX;

/** Makes batches, and tells how they stand. */
export class BatchDesk {
  constructor(
    private readonly store: BatchStore,
    private readonly list: TransactionList,
    private readonly transactions: TransactionStore,
    private readonly clock: DatabaseClock,
    private readonly counter: OperatorActions,
  ) {}

  /** What a batch would act on. */
  async preview({ selection, action }: BatchRequest): Promise<BatchPreview> {
    const xids = await this.select(selection);
    return { dryRun: true, action, total: xids.length, xids: xids.slice(0, PREVIEW_MAX) };
  }

  /**
   * Makes a batch of the transactions that are selected now, each with how it stands: it acts on no other, and on none
   * that has changed since.
   * @returns its id.
   */
  async make({ selection, action, reason, ratePerSecond }: BatchRequest, actor: string): Promise<string> {
    const items = await this.snapshot(await this.select(selection));
    const batchId = randomUUID();
    const at = this.clock.now();
    const audit = { at, actor, action: 'start-batch', reason, batchId, result: 'applied' } as const;
    await this.store.create({ batchId, action, reason, ratePerSecond, createdBy: actor }, items, audit);
    this.counter.done('start-batch');
    return batchId;
  }

  /**
   * Stops a batch; a repeated stop changes nothing.
   * @throws a problem if it has ended by itself, or if there is none.
   */
  async stop(batchId: string, actor: string, reason: string): Promise<BatchView> {
    await this.read(batchId);
    const audit = { at: this.clock.now(), actor, action: 'stop-batch', reason, batchId, result: '' } as const;
    await this.store.stop(batchId, audit);
    const batch = await this.read(batchId);
    if (batch.state === 'stopped') {
      this.counter.done('stop-batch');
      return batch;
    }
    throw HttpProblem.of('BATCH_ENDED', 'It is done: there is nothing left to stop.');
  }

  /** @throws a problem if there is none. */
  async read(batchId: string): Promise<BatchView> {
    const [batch, counts] = await Promise.all([this.store.find(batchId), this.store.counts(batchId)]);
    if (!batch) throw HttpProblem.of('BATCH_NOT_FOUND', `There is no batch ${batchId}.`);
    const { action, reason, ratePerSecond, state, createdBy, createdAt, endedAt } = batch;
    return {
      ...{ batchId, action, reason, ratePerSecond, state, createdBy, counts },
      total: counts.pending + counts.done + counts.skipped + counts.failed,
      createdAt: createdAt.toISOString(),
      endedAt: endedAt?.toISOString() ?? null,
    };
  }

  private async select({ xids, olderThan, ...filter }: BatchSelection): Promise<string[]> {
    if (xids) return [...new Set(xids)];
    const begunBefore = olderThan === undefined ? undefined : this.clock.now() - durationMs(olderThan);
    const { rows, next } = await this.list.page({ ...filter, begunBefore }, BATCH_ITEMS_MAX);
    if (next) {
      const detail = `More than ${BATCH_ITEMS_MAX} transactions fit. Narrow the selection, or make several batches.`;
      throw HttpProblem.of('SELECTION_TOO_LARGE', detail);
    }
    return rows.map(({ xid }) => xid);
  }

  /** How each of them stands; a few at a time, since their inputs come with them. */
  private async snapshot(xids: readonly string[]): Promise<BatchItem[]> {
    const items: BatchItem[] = [];
    for (let from = 0; from < xids.length; from += READ_AT_ONCE) {
      const part = xids.slice(from, from + READ_AT_ONCE);
      const rows = await this.transactions.load(part);
      const etags = new Map(rows.map(({ transaction }) => [transaction.xid, etagOf(transaction)]));
      for (const xid of part) {
        const etag = etags.get(xid);
        if (etag === undefined) throw transactionNotFound(xid);
        items.push({ xid, etag });
      }
    }
    return items;
  }
}
