import type { AuditedAction } from '@holdfast/protocol';
import type { DataSource } from 'typeorm';
import { AuditEntity } from './entities.js';

/** Which records to list. */
export interface AuditFilter {
  readonly xid?: string;
  readonly actor?: string;
  readonly action?: AuditedAction;
  readonly participant?: string;
  readonly batchId?: string;
  /** At this or later, as ISO 8601 has it. */
  readonly after?: string;
  readonly before?: string;
}

/** What operators did, the youngest first. */
export class AuditLog {
  constructor(private readonly dataSource: DataSource) {}

  /** @param belowId the last id of the page before. */
  async page(filter: AuditFilter, limit: number, belowId: string | null = null): Promise<AuditEntity[]> {
    const { after, before, ...same } = filter;
    const query = this.dataSource.getRepository(AuditEntity).createQueryBuilder('a').where(same);
    if (after !== undefined) query.andWhere('a.at >= :after', { after });
    if (before !== undefined) query.andWhere('a.at < :before', { before });
    if (belowId !== null) query.andWhere('a.id < :belowId', { belowId });
    return query.orderBy('a.id', 'DESC').limit(limit).getMany();
  }
}
