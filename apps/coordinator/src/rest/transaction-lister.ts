import type { ParticipantsKnown } from '@holdfast/core';
import { Xid, durationMs } from '@holdfast/protocol';
import type { ListQuery, TransactionList as TransactionListView } from '@holdfast/protocol';
import type { ListPosition, TransactionList } from '@holdfast/store';
import { z } from 'zod';
import type { DatabaseClock } from '../engine/database-clock.js';
import { PageCursor } from './page-cursor.js';
import { transactionListItem } from './transaction-views.js';

const LIMIT_DEFAULT = 50;

const cursors = new PageCursor<ListPosition>(z.object({ xid: Xid, endedAt: z.int().nullable() }));

/** Lists transactions in pages. */
export class TransactionLister {
  constructor(
    private readonly transactions: TransactionList,
    private readonly clock: DatabaseClock,
    private readonly known: ParticipantsKnown,
  ) {}

  async list({ cursor, limit = LIMIT_DEFAULT, ...filter }: ListQuery): Promise<TransactionListView> {
    const { olderThan, endedAfter, endedBefore, ...others } = filter;
    const { rows, next } = await this.transactions.page(
      {
        ...others,
        begunBefore: olderThan === undefined ? undefined : this.clock.now() - durationMs(olderThan),
        endedAfter: endedAfter === undefined ? undefined : Date.parse(endedAfter),
        endedBefore: endedBefore === undefined ? undefined : Date.parse(endedBefore),
      },
      limit,
      cursors.read(cursor, filter),
    );
    return {
      items: rows.map((row) => transactionListItem(row, this.known)),
      next: cursors.write(next, filter),
    };
  }
}
