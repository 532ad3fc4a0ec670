import type { DataSource } from 'typeorm';
import { TransactionEntity } from './entities.js';

/** Which transactions to list. Without a reference or a window of end times only unresolved ones are found. */
export interface TransactionFilter {
  readonly phase?: string;
  readonly name?: string;
  readonly reference?: string;
  /** Ended at or after this, in milliseconds since 1970. */
  readonly endedAfter?: number;
  /** Ended before this, in milliseconds since 1970. */
  readonly endedBefore?: number;
  /** Begun before this, in milliseconds since 1970. */
  readonly begunBefore?: number;
}

/** Lists the youngest first: an xid begins with its time of birth. */
export class TransactionList {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * One page of at most `limit`.
   * @param afterXid the last xid of the page before.
   */
  async page(filter: TransactionFilter, limit: number, afterXid?: string): Promise<TransactionEntity[]> {
    const query = this.dataSource.getRepository(TransactionEntity).createQueryBuilder('t');
    const window = filter.endedAfter !== undefined && filter.endedBefore !== undefined;
    if (window) {
      query.andWhere('t.ended_at >= :after and t.ended_at < :before', {
        after: new Date(filter.endedAfter),
        before: new Date(filter.endedBefore),
      });
    } else if (filter.reference === undefined) {
      query.andWhere('t.ended_at is null');
    }
    if (filter.reference !== undefined) query.andWhere('t.reference = :reference', filter);
    if (filter.phase !== undefined) query.andWhere('t.phase = :phase', filter);
    if (filter.name !== undefined) query.andWhere('t.name = :name', filter);
    if (filter.begunBefore !== undefined) {
      query.andWhere('t.began_at < :begunBefore', { begunBefore: new Date(filter.begunBefore) });
    }
    if (afterXid !== undefined) query.andWhere('t.xid < :afterXid', { afterXid });
    return query.orderBy('t.xid', 'DESC').limit(limit).getMany();
  }
}
