import { createHash } from 'node:crypto';
import { Xid, durationMs } from '@holdfast/protocol';
import type { ListQuery, TransactionList as TransactionListView } from '@holdfast/protocol';
import { HttpProblem } from '@holdfast/service';
import type { TransactionList } from '@holdfast/store';
import type { DatabaseClock } from '../engine/database-clock.js';
import { transactionListItem } from './transaction-views.js';

const LIMIT_DEFAULT = 50;

/** Lists transactions in pages. A cursor is bound to the filter that it came from. */
export class TransactionLister {
  constructor(
    private readonly transactions: TransactionList,
    private readonly clock: DatabaseClock,
  ) {}

  async list({ cursor, limit = LIMIT_DEFAULT, ...filter }: ListQuery): Promise<TransactionListView> {
    const { phase, name, reference, olderThan, endedAfter, endedBefore } = filter;
    const begunBefore = olderThan === undefined ? undefined : this.clock.now() - durationMs(olderThan);
    const bound = digest(filter);
    const rows = await this.transactions.page(
      {
        ...{ phase, name, reference, begunBefore },
        endedAfter: endedAfter === undefined ? undefined : Date.parse(endedAfter),
        endedBefore: endedBefore === undefined ? undefined : Date.parse(endedBefore),
      },
      limit + 1,
      cursor === undefined ? undefined : readCursor(cursor, bound),
    );
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(transactionListItem),
      next: last ? Buffer.from(`${bound}.${last.xid}`).toString('base64url') : null,
    };
  }
}

function digest(filter: object): string {
  return createHash('sha256').update(JSON.stringify(filter)).digest('base64url').slice(0, 16);
}

function readCursor(cursor: string, bound: string): string {
  const [filter, xid] = Buffer.from(cursor, 'base64url').toString().split('.');
  if (filter !== bound || !Xid.safeParse(xid).success) {
    const detail = 'The cursor does not belong to these filters. Begin again without a cursor.';
    throw HttpProblem.of('INVALID_REQUEST', detail, [{ path: '/cursor', message: 'unknown' }]);
  }
  return xid as string;
}
