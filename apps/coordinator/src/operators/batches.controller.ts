import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  ActionRequest,
  BatchItemList,
  BatchItemsQuery,
  BatchPreview,
  BatchRequest,
  BatchView,
  Xid,
} from '@holdfast/protocol';
import { BatchStore } from '@holdfast/store';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentActor } from '../access/actor.js';
import type { Actor } from '../access/actor.js';
import { PageCursor } from '../rest/page-cursor.js';
import { BatchDesk } from './batch-desk.js';
import { BatchRunner } from './batch-runner.js';

const LIMIT_DEFAULT = 50;
const BatchId = z.uuid();

const cursors = new PageCursor(Xid);

/** One action on many transactions. */
@ApiTags('operators')
@Controller('v1/batches')
export class BatchesController {
  constructor(
    private readonly desk: BatchDesk,
    private readonly store: BatchStore,
    private readonly runner: BatchRunner,
  ) {}

  @Post()
  @ApiResponse({ status: 201, description: 'It is durable, and runs.', standardSchema: BatchView })
  @ApiResponse({
    status: 200,
    description: 'A dry run: nothing is stored or done.',
    standardSchema: BatchPreview,
  })
  async make(
    @Body({ schema: BatchRequest }) request: BatchRequest,
    @CurrentActor() { owner }: Actor,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BatchView | BatchPreview> {
    if (request.dryRun) {
      void reply.status(200);
      return this.desk.preview(request);
    }
    const batchId = await this.desk.make(request, owner);
    this.runner.wake();
    return this.desk.read(batchId);
  }

  @Get(':batchId')
  @ApiResponse({ status: 200, description: 'How far it has come.', standardSchema: BatchView })
  get(@Param('batchId', { schema: BatchId }) batchId: string): Promise<BatchView> {
    return this.desk.read(batchId);
  }

  @Get(':batchId/items')
  @ApiResponse({ status: 200, description: 'One page, by xid.', standardSchema: BatchItemList })
  async items(
    @Param('batchId', { schema: BatchId }) batchId: string,
    @Query({ schema: BatchItemsQuery }) { cursor, limit = LIMIT_DEFAULT, state }: BatchItemsQuery,
  ): Promise<BatchItemList> {
    await this.desk.read(batchId);
    const filter = { batchId, state };
    const rows = await this.store.items(batchId, state, limit + 1, cursors.read(cursor, filter));
    const last = rows.length > limit ? rows[limit - 1] : undefined;
    return {
      items: rows.slice(0, limit).map(({ xid, etag, state, detail, at }) => ({
        ...{ xid, etag, state, detail },
        at: at?.toISOString() ?? null,
      })),
      next: cursors.write(last?.xid ?? null, filter),
    };
  }

  @Post(':batchId/actions/stop')
  @HttpCode(200)
  @ApiResponse({ status: 200, description: 'No further item is begun.', standardSchema: BatchView })
  stop(
    @Param('batchId', { schema: BatchId }) batchId: string,
    @Body({ schema: ActionRequest }) { reason }: ActionRequest,
    @CurrentActor() { owner }: Actor,
  ): Promise<BatchView> {
    return this.desk.stop(batchId, owner, reason);
  }
}
