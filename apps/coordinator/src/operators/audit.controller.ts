import { Controller, Get, Query } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import { AuditList, AuditQuery } from '@holdfast/protocol';
import { AuditLog } from '@holdfast/store';
import { z } from 'zod';
import { PageCursor } from '../rest/page-cursor.js';

const LIMIT_DEFAULT = 50;

const cursors = new PageCursor(z.string().regex(/^\d{1,19}$/));

/** What operators did. */
@ApiTags('operators')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly log: AuditLog) {}

  @Get()
  @ApiResponse({ status: 200, description: 'One page, the youngest first.', standardSchema: AuditList })
  async list(
    @Query({ schema: AuditQuery }) { cursor, limit = LIMIT_DEFAULT, ...filter }: AuditQuery,
  ): Promise<AuditList> {
    const rows = await this.log.page(filter, limit + 1, cursors.read(cursor, filter));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(({ at, ...row }) => ({ ...row, at: at.toISOString() })),
      next: cursors.write(last?.id ?? null, filter),
    };
  }
}
